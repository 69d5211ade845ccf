import { describe, expect, test } from "vitest";
import { beginStopping, completeJob, failJob, finishStopping, scheduleRetry } from "../../src/store/job-own.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import { type LiveFigures, reportLive } from "../../src/store/live.ts";
import { registerProvider } from "../../src/store/provider.ts";
import {
  ACTOR,
  claim,
  deploy,
  expireLease,
  FAILURE,
  liveFigures,
  publish,
  type RunningJob,
  STORE,
  startWorker,
  type TestWorker,
  takeAll,
  useDatabase,
} from "../store-fixtures.ts";
import { dataOf, type GraphqlServer, type Json, listOf, startGraphql } from "./start-graphql.ts";
import { watchDatabase } from "./watched-database.ts";

const DIAGNOSIS = `query ($n: BigInt!) {
  job(number: $n) { diagnosis { verdict severity summary evidence { name value } advice } }
}`;

const database = useDatabase("pglite");

async function diagnosisOf(job: bigint): Promise<Json> {
  const graphql = await startGraphql(database());
  const { job: found } = await dataOf(graphql, DIAGNOSIS, { n: String(job) });
  if (found?.diagnosis === undefined) throw new Error("the job has no diagnosis");
  return found.diagnosis;
}

const provide = () => registerProvider(database(), "main", { kind: "evm-rpc", network: "anvil", url: "http://one" });

/** A worker that sees the store. */
async function startSeeingWorker(nodeId = "worker-1"): Promise<TestWorker> {
  const worker = await startWorker(database(), nodeId);
  await database().prisma.worker.update({ where: { nodeId }, data: { storeId: STORE.id } });
  return worker;
}

/** A job that a live worker runs, with a provider. */
async function startRun(): Promise<RunningJob> {
  await provide();
  const worker = await startSeeingWorker();
  await deploy(database());
  return claim(database(), worker);
}

const report = ({ owner }: RunningJob, figures: Partial<LiveFigures> = {}) =>
  reportLive(database(), owner, liveFigures(figures));

function factOf(diagnosis: Json, name: string): unknown {
  return listOf(diagnosis.evidence).find((fact) => String(fact.name) === name)?.value;
}

describe("a job that waits", () => {
  test("has no provider", async () => {
    const { number } = await deploy(database());
    expect(await diagnosisOf(number)).toMatchObject({
      verdict: "NO_PROVIDER",
      severity: "CRITICAL",
      summary: "No provider is registered for network 'anvil'.",
    });
  });

  test("has no worker that is alive", async () => {
    await provide();
    await expireLease(database(), await startSeeingWorker());
    const { number } = await deploy(database());
    const found = await diagnosisOf(number);
    expect(found).toMatchObject({ verdict: "WAITING_FOR_WORKER", severity: "CRITICAL" });
    expect(found.summary).toBe("None of 1 known worker is alive.");
    expect(found.advice).toEqual(["Start one with `ampd worker`."]);
  });

  test("has a selector that fits nobody", async () => {
    await provide();
    await startSeeingWorker();
    const { number } = await deploy(database(), { nodeSelector: "eu-*" });
    const found = await diagnosisOf(number);
    expect(found).toMatchObject({ verdict: "WAITING_FOR_WORKER", severity: "CRITICAL" });
    expect(found.summary).toContain("'eu-*'");
    expect(factOf(found, "workerGap")).toBe("NONE_SELECTED");
  });

  test("has tables in a store that no worker sees", async () => {
    const run = await startRun();
    await takeAll(database(), run.owner);
    await scheduleRetry(database(), run.owner, { actor: ACTOR, failure: FAILURE, delayMs: 0, counted: false });
    await database().prisma.worker.updateMany({ data: { storeId: null } });
    const found = await diagnosisOf(run.owner.job);
    expect(found).toMatchObject({ verdict: "WAITING_FOR_WORKER" });
    expect(found.summary).toContain(STORE.id);
  });

  test("is about to be taken", async () => {
    await provide();
    await startSeeingWorker();
    const { number } = await deploy(database());
    expect(await diagnosisOf(number)).toMatchObject({ verdict: "QUEUED", severity: "WAITING", advice: [] });
  });
});

describe("a job whose attempts fail", () => {
  const retry = async (code: string) => {
    const run = await startRun();
    const failure = { ...FAILURE, code };
    await scheduleRetry(database(), run.owner, { actor: ACTOR, failure, delayMs: 60_000, counted: true });
    return run;
  };

  test("is retried", async () => {
    const { owner } = await retry("JOB_STALLED");
    const found = await diagnosisOf(owner.job);
    expect(found).toMatchObject({ verdict: "RETRYING", severity: "WARNING" });
    expect(factOf(found, "failures")).toBe("1");
    expect(factOf(found, "nextAttemptAt")).toMatch(/^\d{4}-.*Z$/);
  });

  test("is the endpoint's fault where its error says so", async () => {
    const { owner } = await retry("ENDPOINT_FAILING");
    const found = await diagnosisOf(owner.job);
    expect(found).toMatchObject({ verdict: "ENDPOINT_FAILING", severity: "WARNING" });
    expect(found.summary).toContain("ENDPOINT_FAILING: endpoint http://one answered 502");
  });

  test("is the endpoint's fault where an answer is waited for in vain", async () => {
    const run = await startRun();
    await report(run, { idleMs: 45_000, waitsFor: "ENDPOINT" });
    expect(await diagnosisOf(run.owner.job)).toMatchObject({ verdict: "ENDPOINT_FAILING" });
  });

  test("has failed", async () => {
    const { owner } = await startRun();
    await failJob(database(), owner, ACTOR, FAILURE);
    expect(await diagnosisOf(owner.job)).toMatchObject({
      verdict: "FAILED",
      severity: "CRITICAL",
      summary: "Attempt 1 failed with ENDPOINT_FAILING: endpoint http://one answered 502.",
    });
  });
});

describe("a job that a worker has", () => {
  test("is starting, is healthy, then follows", async () => {
    const run = await startRun();
    expect(await diagnosisOf(run.owner.job)).toMatchObject({ verdict: "STARTING", severity: "OK" });
    await report(run, { headBlock: 1_000n, fetchedBlock: 10n, blocksPerSecond: 10 });
    expect(await diagnosisOf(run.owner.job)).toMatchObject({
      verdict: "HEALTHY",
      severity: "OK",
      summary: "The job fetches 10 blocks/s on its way to block 1000.",
    });
    await publish(database(), run.owner, {
      tables: await takeAll(database(), run.owner),
      span: { start: 0, end: 990 },
    });
    // Of the last block published: 1,700,000,990.
    await report(run, { headBlock: 1_000n, headTimestamp: 1_700_001_000n, fetchedBlock: 995n, waitsFor: "HEAD" });
    const found = await diagnosisOf(run.owner.job);
    expect(found).toMatchObject({ verdict: "FOLLOWING", severity: "OK", advice: [] });
    expect(factOf(found, "lagSeconds")).toBe("10");
  });

  test("is held back by a limit", async () => {
    const run = await startRun();
    await report(run, { headBlock: 1_000n, waitsFor: "RATE_LIMIT" });
    expect(await diagnosisOf(run.owner.job)).toMatchObject({ verdict: "RATE_LIMITED", severity: "WAITING" });
  });

  test("has a hole in a table", async () => {
    const run = await startRun();
    const tables = await takeAll(database(), run.owner, ["logs"]);
    for (const start of [0, 20]) await publish(database(), run.owner, { tables, span: { start, end: start + 9 } });
    await report(run, { headBlock: 1_000n });
    const found = await diagnosisOf(run.owner.job);
    expect(found).toMatchObject({ verdict: "GAP" });
    expect(found.summary).toContain("Table logs lacks blocks 10 to 19");
  });

  test("has lost it", async () => {
    const run = await startRun();
    await expireLease(database(), run.worker);
    expect(await diagnosisOf(run.owner.job)).toMatchObject({ verdict: "OWNER_LOST", severity: "WARNING" });
  });

  test("is stopping, and is overdue after its deadline", async () => {
    const run = await startRun();
    const { job } = run.owner;
    await stopJob(database(), { number: job, deadlineMs: 60_000 }, ACTOR);
    expect(await diagnosisOf(job)).toMatchObject({ verdict: "STOPPING", severity: "WAITING" });
    await database().prisma
      .$executeRaw`update job set stop_deadline = now() - interval '5 seconds' where number = ${job}`;
    const found = await diagnosisOf(job);
    expect(found).toMatchObject({ verdict: "STOP_OVERDUE", severity: "WARNING" });
    expect(found.summary).toMatch(/Worker worker-1 should have ended the job \d+ s ago/);
  });
});

describe("a job that has ended", () => {
  test("is completed, with how far it came", async () => {
    const { owner } = await startRun();
    await publish(database(), owner, { tables: await takeAll(database(), owner), span: { start: 0, end: 9 } });
    await completeJob(database(), owner, ACTOR);
    expect(await diagnosisOf(owner.job)).toMatchObject({
      verdict: "COMPLETED",
      severity: "OK",
      summary: "The job has reached its end block: it has published up to block 9 (3 files).",
      advice: [],
    });
  });

  test("is stopped, and can go on", async () => {
    const { owner } = await startRun();
    await stopJob(database(), { number: owner.job, deadlineMs: 60_000 }, ACTOR);
    await beginStopping(database(), owner, ACTOR);
    await finishStopping(database(), owner, { actor: ACTOR });
    const found = await diagnosisOf(owner.job);
    expect(found).toMatchObject({ verdict: "STOPPED", severity: "OK" });
    expect(listOf(found.advice).join()).toContain("`retryJob`");
  });
});

test("the jobs of an answer share their reads, however many they are", async () => {
  const watched = watchDatabase(database());
  const graphql: GraphqlServer = await startGraphql(watched);
  await provide();
  await startSeeingWorker();
  let reads = 0;
  watched.intercept = ({ sql }) => {
    // The event log is read when it grows, by a follower of its own.
    if (!sql.includes("job_event")) reads += 1;
  };
  const readsOf = async () => {
    reads = 0;
    await dataOf(graphql, "{ jobs(first: 20) { nodes { number progress { phase } diagnosis { verdict } } } }");
    return reads;
  };
  await deploy(database());
  const ofOne = await readsOf();
  for (let count = 0; count < 9; count += 1) await deploy(database());
  // The list, its tables, its live figures; workers, providers and gaps.
  expect([ofOne, await readsOf()]).toEqual([6, 6]);
});
