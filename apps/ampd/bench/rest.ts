/**
 * What REST adds to the GraphQL path: the same document over HTTP through both doors of one controller, in turns, over
 * one connection each. `node bench/rest.ts`
 */
import { Agent, request } from "node:http";
import { print } from "graphql";
import { ROUTES } from "../src/rest/table/table.ts";
import { Cluster } from "../test/cluster/cluster.ts";
import { startPostgres } from "../test/cluster/postgres-process.ts";
import { runAmpd } from "../test/system/ampd.ts";

const DATASETS = 50;
const ROUNDS = 40;
const WARM_UPS = 5;
const REQUESTS_OF_A_ROUND = 50;

type Asked = { readonly method: string; readonly path: string; readonly body?: unknown };

await using cleanUp = new AsyncDisposableStack();
const postgres = await startPostgres();
cleanUp.defer(() => postgres.remove());
const cluster = await Cluster.create(postgres.url);
cleanUp.defer(() => cluster.remove());
const migrated = await runAmpd("migrate", "--database-url", postgres.url);
if (migrated.code !== 0) throw new Error(migrated.stderr);
const url = new URL(await cluster.start("controller", "c1").ready);
const agents = { rest: new Agent({ keepAlive: true }), graphql: new Agent({ keepAlive: true }) };
cleanUp.defer(() => Object.values(agents).forEach((agent) => void agent.destroy()));

for (let index = 0; index < DATASETS; index += 1) {
  const manifest = { kind: "evm-rpc", network: "bench", tables: {} };
  const body = { namespace: "_", name: `d${index}`, version: "1.0.0", manifest };
  await send(agents.rest, { method: "POST", path: "/datasets", body });
  await send(agents.rest, { method: "POST", path: `/datasets/_/d${index}/versions/latest/deploy` });
}

await compare("one job", "/jobs/1", "getJob", { number: "1" });
await compare("a page of 50 jobs", "/jobs?limit=50", "listJobs", { limit: 50, status: ["SCHEDULED"] });

async function compare(what: string, path: string, name: string, variables: object): Promise<void> {
  const route = ROUTES.find((one) => one.name === name);
  if (route === undefined) throw new Error(`there is no route ${name}`);
  const body = { query: print(route.document), variables };
  const rounds: { rest: number; graphql: number }[] = [];
  for (let round = 0; round < ROUNDS + WARM_UPS; round += 1) {
    rounds.push({
      graphql: await timeOf(() => send(agents.graphql, { method: "POST", path: "/graphql", body })),
      rest: await timeOf(() => send(agents.rest, { method: "GET", path })),
    });
  }
  const measured = rounds.slice(WARM_UPS);
  const graphql = median(measured.map((each) => each.graphql));
  const more = median(measured.map((each) => each.rest - each.graphql));
  const ratio = median(measured.map((each) => each.rest / each.graphql));
  process.stdout.write(
    `${what}: ${micros(graphql)} by GraphQL, ${micros(more)} more by REST, ratio ${ratio.toFixed(2)}\n`,
  );
}

/** The mean of one request, in milliseconds. */
async function timeOf(ask: () => Promise<void>): Promise<number> {
  const start = performance.now();
  for (let count = 0; count < REQUESTS_OF_A_ROUND; count += 1) await ask();
  return (performance.now() - start) / REQUESTS_OF_A_ROUND;
}

/** @throws Error for anything but a success */
function send(agent: Agent, { method, path, body }: Asked): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const headers = body === undefined ? {} : { "content-type": "application/json", accept: "application/json" };
  const outgoing = request(new URL(path, url), { method, agent, headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.once("end", () => {
      const text = Buffer.concat(chunks).toString();
      if ((response.statusCode ?? 500) < 300 && !text.startsWith('{"errors"')) resolve();
      else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
    });
  });
  outgoing.once("error", reject);
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function micros(ms: number): string {
  return `${Math.round(ms * 1_000)} µs`;
}
