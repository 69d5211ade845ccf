/**
 * What the limits cost an operation, from its text to its result: Yoga's pipeline with and without them, in process, in
 * turns. The operations read nothing from the database: against one that does, the same microseconds are less.
 * `node bench/limits.ts`
 */
import { type ExecutionResult, parse } from "graphql";
import { createYoga } from "graphql-yoga";
import { EventLog } from "../src/feed/event-log.ts";
import { JobHub } from "../src/feed/hub.ts";
import { JobsFeed } from "../src/feed/jobs-feed.ts";
import { createContext, type Seed } from "../src/graphql/context.ts";
import { DocumentCache } from "../src/graphql/document-cache.ts";
import { CostMeter } from "../src/graphql/limits/cost-meter.ts";
import { LIMITS } from "../src/graphql/limits/operation-limits.ts";
import { useLimits } from "../src/graphql/limits/use-limits.ts";
import { maskError, useMasking } from "../src/graphql/mask.ts";
import { useClearRefusals } from "../src/graphql/refuse.ts";
import { schema } from "../src/graphql/schema.ts";
import { openDatabase } from "../src/store/database.ts";
import { migrate } from "../src/store/migrate.ts";
import { createLog } from "../src/telemetry/log.ts";

const ROUNDS = 60;
const WARM_UPS = 5;
const ROUND_MS = 20;

const ROW = "number status version attempt nodeId createdAt updatedAt descriptor { datasetName manifestHash endBlock }";
const LIST = `nodes { ${ROW} progress { currentBlock tables { table currentBlock } } } pageInfo { hasNextPage endCursor }`;
const OPERATIONS = [
  { name: "a field", query: "{ server { version nodeId } }", variables: {} },
  {
    name: "a field, beside a list that a variable leaves out",
    query: `query ($all: Boolean!) { server { version nodeId } jobs @include(if: $all) { ${LIST} } }`,
    variables: { all: false },
  },
  {
    name: "the fields of a type",
    query: '{ __type(name: "Job") { fields { name description args { name } type { name kind ofType { name } } } } }',
    variables: {},
  },
];
const LIST_QUERY = parse(`query ($first: Int) { jobs(first: $first) { ${LIST} } }`);

const log = createLog({ level: "error", destination: process.stderr });
await using cleanUp = new AsyncDisposableStack();
const database = await openDatabase({ kind: "embedded" });
cleanUp.defer(() => database.close());
await migrate(database);
const feed = { database, log, maxSubscribers: 1, minReadIntervalMs: 50 };
const hub = new JobHub(feed);
const events = await EventLog.open(feed);
cleanUp.defer(() => events.close());
const jobsFeed = await JobsFeed.open({ ...feed, events });
cleanUp.defer(() => jobsFeed.close());
const services = {
  database,
  hub,
  events,
  jobsFeed,
  role: "controller" as const,
  nodeId: "bench",
  version: "0.0.0",
  stopDeadlineMs: 60_000,
};
const without = createExecutor([]);
const within = createExecutor([useLimits({ limits: LIMITS, schema, isExempt: () => false })]);

for (const { name, query, variables } of OPERATIONS) {
  const rounds: { before: number; after: number }[] = [];
  for (let round = 0; round < ROUNDS + WARM_UPS; round += 1) {
    rounds.push({
      before: await timeOf(() => without(query, variables)),
      after: await timeOf(() => within(query, variables)),
    });
  }
  const measured = rounds.slice(WARM_UPS);
  const before = median(measured.map((each) => each.before));
  const more = median(measured.map((each) => each.after - each.before));
  const ratio = median(measured.map((each) => each.after / each.before));
  process.stdout.write(
    `${name}: ${micros(before)} without, ${micros(more)} more with the limits, ratio ${ratio.toFixed(3)}\n`,
  );
}

const meter = new CostMeter(schema);
const times: number[] = [];
for (let round = 0; round < ROUNDS + WARM_UPS; round += 1) {
  times.push(await timeOf(() => meter.measure(LIST_QUERY, undefined, { first: 50 })));
}
process.stdout.write(`to measure a list whose size is a variable: ${micros(median(times.slice(WARM_UPS)))}\n`);

/** The mean of what one call takes, in milliseconds. */
async function timeOf(call: () => unknown): Promise<number> {
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < ROUND_MS; count += 1) await call();
  return (performance.now() - start) / count;
}

function createExecutor(plugins: ReturnType<typeof useLimits>[]) {
  const yoga = createYoga<Seed>({
    schema,
    context: (seed) => createContext({ services, log, limits: LIMITS }, seed),
    logging: false,
    maskedErrors: false,
    parserAndValidationCache: { documentCache: new DocumentCache(), errorCache: new DocumentCache() },
    plugins: [useMasking(log), useClearRefusals(), ...plugins],
  });
  return async (query: string, variableValues: Record<string, unknown>): Promise<ExecutionResult> => {
    const env = yoga.getEnveloped({ requestId: "bench" });
    const document = env.parse(query);
    const errors = env.validate(env.schema, document);
    if (errors.length > 0) throw maskError(errors[0], "bench", log);
    const args = { schema: env.schema, document, contextValue: await env.contextFactory(), variableValues };
    // A query: one result, no stream.
    const result = (await env.execute(args)) as ExecutionResult;
    if (result.errors !== undefined) throw new Error("the operation met an error", { cause: result.errors[0] });
    return result;
  };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function micros(ms: number): string {
  return `${(ms * 1_000).toFixed(1)} µs`;
}
