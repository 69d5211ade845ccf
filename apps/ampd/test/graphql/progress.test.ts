import { describe, expect, test } from "vitest";
import { completeJob, scheduleRetry } from "../../src/store/job-own.ts";
import { type LiveFigures, reportLive } from "../../src/store/live.ts";
import {
  ACTOR,
  claim,
  databaseNow,
  deploy,
  FAILURE,
  liveFigures,
  publish,
  startJob,
  takeAll,
  useDatabase,
} from "../store-fixtures.ts";
import { connect } from "./socket-client.ts";
import { dataOf, type Json, startGraphql } from "./start-graphql.ts";

const FIELDS = `{
  jobStatus currentBlock fetchedBlock targetBlock headBlock lagBlocks lagSeconds blocksPerSecond bytesPerSecond phase
  eta { earliest latest earliestSeconds latestSeconds } etaUnavailable stalledSince bottleneckTable
  inFlight { blocks rows bytes upToBlock } filesCount rowCount tables { table currentBlock }
}`;
const PROGRESS = `query ($n: BigInt!) { job(number: $n) { progress ${FIELDS} } }`;
const FEED = `subscription ($n: BigInt!) { jobProgress(number: $n, minInterval: 0) ${FIELDS} }`;
/** Fetches 10 blocks a second, 900 below the head, with 100 blocks in hand. */
const FAST: Partial<LiveFigures> = {
  headBlock: 1_000n,
  headTimestamp: 1_700_001_000n,
  fetchedBlock: 99n,
  inFlightBlocks: 100n,
  inFlightRows: 250n,
  inFlightBytes: 4_096n,
  blocksPerSecond: 10,
  bytesPerSecond: 2_048,
  slowBlocksPerSecond: 8,
  fastBlocksPerSecond: 12.5,
};
const NOTHING_IN_FLIGHT = { inFlightBlocks: 0n, inFlightRows: 0n, inFlightBytes: 0n };

const database = useDatabase("pglite");

async function startProgress() {
  const graphql = await startGraphql(database());
  const progressOf = async (number: bigint): Promise<Json> => {
    const { job } = await dataOf(graphql, PROGRESS, { n: String(number) });
    if (job?.progress === undefined) throw new Error("the job has no progress");
    return job.progress;
  };
  return { graphql, progressOf };
}

/** As the first attempt fixes it. */
async function aimAt(job: bigint, targetBlock: bigint): Promise<void> {
  await database().prisma.job.update({ where: { number: job }, data: { targetBlock } });
}

describe("the progress of a job", () => {
  test("before its first report says so, and knows nothing else", async () => {
    const { progressOf } = await startProgress();
    const { owner } = await startJob(database());
    const nothing = { currentBlock: null, headBlock: null, lagSeconds: null, inFlight: null, eta: null, tables: [] };
    expect(await progressOf(owner.job)).toMatchObject({
      ...nothing,
      phase: "CATCHING_UP",
      etaUnavailable: "NO_TARGET",
      blocksPerSecond: null,
      bottleneckTable: null,
      stalledSince: null,
    });
    const waiting = await deploy(database());
    expect(await progressOf(waiting.number)).toMatchObject({
      ...nothing,
      phase: "IDLE",
      etaUnavailable: "NOT_RUNNING",
    });
  });

  test("shows what is in flight before the first segment closes, apart from what is published", async () => {
    const { progressOf } = await startProgress();
    const { owner } = await startJob(database());
    await reportLive(database(), owner, liveFigures(FAST));
    expect(await progressOf(owner.job)).toMatchObject({
      currentBlock: null,
      filesCount: "0",
      fetchedBlock: "99",
      headBlock: "1000",
      blocksPerSecond: 10,
      bytesPerSecond: 2_048,
      inFlight: { blocks: "100", rows: "250", bytes: "4096", upToBlock: "99" },
    });
    await publish(database(), owner, { tables: await takeAll(database(), owner), span: { start: 0, end: 99 } });
    expect(await progressOf(owner.job)).toMatchObject({
      currentBlock: "99",
      lagBlocks: "901",
      // By the times in the blocks.
      lagSeconds: 901,
      inFlight: { blocks: "0", rows: "0", bytes: "0", upToBlock: null },
    });
  });

  test("names the table that holds the others back", async () => {
    const { progressOf } = await startProgress();
    const { owner } = await startJob(database());
    const tables = await takeAll(database(), owner, ["blocks", "logs"]);
    await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
    expect(await progressOf(owner.job)).toMatchObject({ bottleneckTable: null });
    const blocks = tables.filter(({ tableName }) => tableName === "blocks");
    await publish(database(), owner, { tables: blocks, span: { start: 10, end: 19 } });
    expect(await progressOf(owner.job)).toMatchObject({ bottleneckTable: "logs", currentBlock: "9" });
  });

  test("has an ETA by the database's clock, between what the slow and the fast speed come to", async () => {
    const { progressOf } = await startProgress();
    const { owner } = await startJob(database());
    await aimAt(owner.job, 899n);
    await reportLive(database(), owner, liveFigures(FAST));
    const before = await databaseNow(database());
    const { eta, etaUnavailable } = await progressOf(owner.job);
    const after = await databaseNow(database());
    // 800 blocks, and 2 s for the last files.
    expect(eta).toMatchObject({ earliestSeconds: 64, latestSeconds: 102 });
    expect(etaUnavailable).toBeNull();
    const earliest = Date.parse(String(eta?.earliest)) - 64_000;
    expect(Date.parse(String(eta?.latest)) - 102_000).toBe(earliest);
    expect(earliest).toBeGreaterThanOrEqual(Math.floor(before));
    expect(earliest).toBeLessThanOrEqual(Math.ceil(after));
  });

  test("has an ETA that every calendar knows, however slow it is", async () => {
    const { progressOf } = await startProgress();
    const { owner } = await startJob(database());
    await aimAt(owner.job, 899n);
    await reportLive(database(), owner, liveFigures({ ...FAST, slowBlocksPerSecond: 1e-300 }));
    expect((await progressOf(owner.job)).eta).toMatchObject({ latestSeconds: 100 * 365 * 86_400 });
  });

  test.each<[string, bigint | null, Partial<LiveFigures>]>([
    ["WARMING_UP", 899n, { ...FAST, slowBlocksPerSecond: null, fastBlocksPerSecond: null }],
    ["WAITING_FOR_HEAD", 2_000n, { ...FAST, chainSecondsPerBlock: null }],
    ["NO_TARGET", null, FAST],
    ["STALLED", 899n, { ...FAST, idleMs: 40_000, waitsFor: "ENDPOINT" }],
  ])("says why there is no ETA: %s", async (reason, target, figures) => {
    const { progressOf } = await startProgress();
    const { owner } = await startJob(database());
    if (target !== null) await aimAt(owner.job, target);
    await reportLive(database(), owner, liveFigures(figures));
    expect(await progressOf(owner.job)).toMatchObject({ eta: null, etaUnavailable: reason });
  });

  test("says since when nothing advances, unless it waits for the head", async () => {
    const { progressOf } = await startProgress();
    const { owner } = await startJob(database());
    const sinceOf = async (figures: Partial<LiveFigures>) => {
      await reportLive(database(), owner, liveFigures({ ...FAST, ...figures }));
      const { stalledSince } = await progressOf(owner.job);
      return stalledSince === null ? null : (await databaseNow(database())) - Date.parse(String(stalledSince));
    };
    expect(await sinceOf({ idleMs: 20_000 })).toBeNull();
    expect(await sinceOf({ idleMs: 60_000 })).toBeGreaterThanOrEqual(59_999);
    expect(await sinceOf({ idleMs: 60_000, waitsFor: "HEAD" })).toBeNull();
  });

  test("is FOLLOWING near the head of a chain that it follows", async () => {
    const { progressOf } = await startProgress();
    const { owner } = await startJob(database());
    await reportLive(database(), owner, liveFigures({ headBlock: 131n, fetchedBlock: 99n }));
    expect(await progressOf(owner.job)).toMatchObject({ phase: "FOLLOWING" });
    await reportLive(database(), owner, liveFigures({ headBlock: 132n, fetchedBlock: 99n }));
    expect(await progressOf(owner.job)).toMatchObject({ phase: "CATCHING_UP" });
  });

  test("of another attempt knows the head, and nothing of what the last one had in hand", async () => {
    const { progressOf } = await startProgress();
    const { owner, worker } = await startJob(database());
    await reportLive(database(), owner, liveFigures(FAST));
    await scheduleRetry(database(), owner, { actor: ACTOR, failure: FAILURE, delayMs: 0, counted: true });
    const lost = { headBlock: "1000", inFlight: null, blocksPerSecond: null };
    expect(await progressOf(owner.job)).toMatchObject({ ...lost, phase: "IDLE" });
    await claim(database(), worker);
    expect(await progressOf(owner.job)).toMatchObject({ ...lost, phase: "CATCHING_UP", fetchedBlock: null });
  });

  test("of an ended job stays as it was at the end", async () => {
    const { progressOf } = await startProgress();
    const { owner, job, worker } = await startJob(database());
    await publish(database(), owner, { tables: await takeAll(database(), owner), span: { start: 0, end: 99 } });
    await reportLive(database(), owner, liveFigures({ ...FAST, ...NOTHING_IN_FLIGHT }));
    await completeJob(database(), owner, ACTOR);
    const atEnd = await progressOf(owner.job);
    expect(atEnd).toMatchObject({
      jobStatus: "COMPLETED",
      currentBlock: "99",
      lagSeconds: 901,
      phase: "IDLE",
      etaUnavailable: "ENDED",
      inFlight: null,
    });
    await deploy(database(), { name: job.name, manifestHash: job.manifestHash, nodeSelector: worker.nodeId });
    const later = await claim(database(), worker);
    await publish(database(), later.owner, {
      tables: await takeAll(database(), later.owner),
      span: { start: 100, end: 199 },
    });
    await reportLive(database(), later.owner, liveFigures({ ...FAST, headBlock: 2_000n }));
    expect(await progressOf(owner.job)).toEqual(atEnd);
    expect(await progressOf(later.owner.job)).toMatchObject({ currentBlock: "199" });
  });
});

test("a subscriber sees what is in flight, then the same published", async () => {
  const { graphql } = await startProgress();
  const client = await connect(graphql);
  const { owner } = await startJob(database());
  client.subscribe("1", FEED, { n: String(owner.job) });
  expect(await client.data()).toMatchObject({ jobProgress: { inFlight: null, currentBlock: null } });
  await reportLive(database(), owner, liveFigures(FAST));
  expect(await client.data()).toMatchObject({
    jobProgress: { currentBlock: null, tables: [], inFlight: { blocks: "100", upToBlock: "99" } },
  });
  await publish(database(), owner, { tables: await takeAll(database(), owner), span: { start: 0, end: 99 } });
  expect(await client.data()).toMatchObject({
    jobProgress: { currentBlock: "99", lagSeconds: 901, inFlight: { blocks: "0", upToBlock: null } },
  });
});
