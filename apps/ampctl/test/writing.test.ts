import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ampd, call, waitForStatus } from "./ampd.ts";
import { ampctl, type Ended, type World } from "./run-ampctl.ts";
import { startSeeded } from "./seeded.ts";
import { report } from "./stable.ts";

/** A server of its own; each test goes on where the one before has left it. */
let server: Ampd;

beforeAll(async () => {
  server = await startSeeded();
});
afterAll(() => server.stop());

function run(line: string | readonly string[], world: World = {}): Promise<Ended> {
  return ampctl(line, { ...world, env: { AMP_ADMIN_URL: server.url } });
}

/** Runs the lines one after the other, and pins all that they say. */
async function pin(lines: readonly string[], world: World = {}): Promise<void> {
  for (const line of lines) expect(report(await run(line, world))).toMatchSnapshot(line);
}

/** How many jobs there are of a status. */
async function countJobs(status: string): Promise<number> {
  const { jobs } = (await call(server.url, `GET /jobs?status=${status}&limit=1000`)) as { readonly jobs: unknown[] };
  return jobs.length;
}

const MANIFEST = JSON.stringify({ kind: "evm-rpc", network: "anvil", start_block: 2, tables: { blocks: {} } });

test("datasets are registered: a manifest from stdin, and by its hash", async () => {
  await pin(["dataset register new - --tag 1.0.0", "dataset register eth/new - --json"], { stdin: MANIFEST });
  const { stdout } = await run("dataset inspect new --json");
  const { manifest_hash: hash } = JSON.parse(stdout) as { readonly manifest_hash: string };
  await pin([`dataset register new ${hash} --tag 1.1.0`, `dataset register new ${"0".repeat(64)}`]);
  await pin(["dataset register new - --json"], { stdin: '{"kind":"evm-rpc"}' });
});

test("datasets are deployed", async () => {
  await pin([
    "dataset deploy new --end-block 40 --wait",
    "dataset deploy new@1.0.0 --end-block 41 --wait --json",
    "dataset deploy eth/far --wait --timeout 30s",
    "dataset deploy new --worker eu-* --end-block -50 --parallelism 2 --verify",
    "dataset deploy new --worker eu-* --end-block -50 --parallelism 2 --verify --json",
    "dataset deploy new",
    "dataset deploy new --end-block soon",
    "dataset deploy nothing --json",
    "dataset deploy new@dev --idempotency-key nightly --worker eu-* --end-block -50 --parallelism 2 --verify",
    "dataset deploy new --worker eu-* --end-block -50 --parallelism 2 --verify --wait --timeout 600ms",
  ]);
});

test("jobs that are named are stopped, each once", async () => {
  await pin([
    "job stop 4 1 4 99 --dry-run",
    "job stop 4 1 99 --dry-run --json",
    "job stop 4 1 4 99",
    "job stop 8 --wait",
    "job stop 4 --json",
    "job stop 4 99 --json",
    "job stop 99 --json",
  ]);
});

test("a job that runs is stopped, and waited for", async () => {
  await call(server.url, "POST /datasets/_/mainnet/versions/latest/deploy");
  await waitForStatus(server.url, 9, "RUNNING");
  const ended = await run("job stop 9 --wait --timeout 30s");
  expect(ended).toMatchObject({ code: 0, stderr: "waiting for 1 job to end\n" });
  expect(ended.stdout).toBe("job 9: STOP_REQUESTED\njob 9: STOPPED\n");
  await pin(["job stop 9 --wait --json"]);
});

test("jobs run again", async () => {
  await pin(["job retry 3 2 99 --dry-run", "job retry 4", "job retry 4 --json", "job retry 3", "job retry 99"]);
  await pin(["job stop --dataset lonely --status active", "job retry --status stopped --dataset lonely --dry-run"]);
  await pin(["job retry --status stopped --dataset lonely", "job retry --dataset lonely --since 7d --yes --json"]);
});

test("jobs that are selected are stopped", async () => {
  await pin([
    "job stop --dataset lonely --dry-run",
    "job stop --dataset lonely --dry-run --json",
    "job stop --dataset lonely",
    "job stop --dataset lonely --json",
    "job stop --dataset lonely --worker nobody --yes",
    "job stop --dataset lonely --yes --wait",
    "job stop --status active --dataset lonely --wait --json",
    "job stop --dataset nothing --yes",
  ]);
});

test("ended jobs are removed", async () => {
  await call(server.url, "POST /datasets/_/lonely/versions/latest/deploy", { worker_id: "eu-*" });
  const active = ((await call(server.url, "GET /jobs")) as { readonly jobs: { readonly id: number }[] }).jobs[0]?.id;
  await pin([
    "job rm 1 99",
    "job rm 9 --json",
    `job remove ${active}`,
    `job rm ${active} 98 --json`,
    "job rm 3 --dry-run",
  ]);
  await pin(["job rm --status failed --dataset eth/far", "job rm --dataset lonely --older-than 7d --yes"]);
  await pin(["job rm --worker worker-1 --yes --json --reason tidy"]);
});

test("a clean-up of old completed jobs is one line", async () => {
  expect(await countJobs("completed")).toBe(0);
  expect(await run("dataset deploy new --end-block 42 --wait")).toMatchObject({ code: 0 });
  await pin(["job prune --status completed --older-than 7d"]);
  expect(await countJobs("completed")).toBe(1);
  // Three days have passed by the clock of these tests.
  await pin(["job prune --status completed --older-than 2d"]);
  expect(await countJobs("completed")).toBe(0);
});

test("ended jobs are pruned, and counted", async () => {
  await pin([
    "job prune",
    "job prune --json",
    "job prune --older-than 2d",
    "job prune --status running",
    "job prune --dry-run",
    "job prune --dry-run --json",
    "job prune --status Failed --dataset eth/far --json",
    "job prune --status terminal",
    "job prune --yes",
  ]);
});

test("a question is answered with yes", async () => {
  await run("dataset deploy eth/far --wait");
  const asked = await run("job prune", { columns: 80, stdin: "yes\n" });
  expect(asked).toMatchObject({ code: 0 });
  expect(asked.stdout).toContain("removed: 1 job (0 COMPLETED, 0 STOPPED, 1 FAILED)");
  expect(asked.stderr).toContain("remove 1 job? [y/N] ");
  const stopped = await run("job stop --dataset lonely --no-color", { columns: 80, stdin: "Y" });
  expect(stopped).toMatchObject({ code: 0 });
  expect(report(stopped)).toMatchSnapshot();
  expect(report(await run("job prune", { columns: 80, stdin: "" }))).toContain("nothing was done");
  expect(await countJobs("terminal")).toBe(1);
});

test("providers are added, replaced and removed, and their secrets stay hidden", async () => {
  const add = "provider add spare --network spare --url";
  const all = [
    await run(`${add} http://one.example:8545`),
    await run(
      `${add} http://me:hunter2@one.example:8545 --set rate_limit_per_minute=600 --set auth_token=hunter3 --json`,
    ),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what an operator types
    await run([..."provider add paid --file - --set auth_token=${AMP_SECRET_RPC} --network paid".split(" ")], {
      stdin: '{"name":"paid","network":"other","url":"https://rpc.example/hunter4"}',
    }),
    await run("provider add paid --file -", { stdin: '{"name":"other"}' }),
    await run("provider add paid --file - --json", { stdin: '{"auth_token":hunter5}' }),
    await run("provider add paid --file -", { stdin: "[]" }),
    await run("provider add spare --set hunter6"),
    await run("provider add spare --network spare --url ftp://hunter7 --set auth_token=hunter8"),
    await run("provider add UPPER --network spare --url http://one.example --json"),
    await run("provider rm spare --dry-run"),
    await run("provider rm spare --dry-run --json"),
    await run("provider rm spare --no-color", { columns: 80, stdin: "n\n" }),
    await run("provider rm spare"),
    await run("provider rm spare"),
    await run("provider rm paid --json"),
  ].map(report);
  expect(all.join("\n")).toMatchSnapshot();
  expect(all.join("\n")).not.toMatch(/hunter[1-9]/);
});

test("a worker is drained", async () => {
  await pin([
    "worker drain nobody",
    "worker drain worker-1 --dry-run",
    "worker drain worker-1 --dry-run --json",
    "worker drain worker-1 --wait --timeout 30s",
    "worker drain worker-1 --json",
    "worker drain worker-1 --dry-run",
  ]);
});
