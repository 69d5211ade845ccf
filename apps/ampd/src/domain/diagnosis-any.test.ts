import fc from "fast-check";
import { expect, test } from "vitest";
import { diagnosisInput as input, workerFacts as worker } from "./diagnosis.fixture.ts";
import { diagnose } from "./diagnosis.ts";
import { SEVERITIES, VERDICTS } from "./diagnosis-finding.ts";
import { JOB_STATUSES } from "./job.ts";
import { WAIT_CAUSES } from "./live-report.ts";
import { atSecond, liveReport } from "./run-state.fixture.ts";

const anyTime = fc.integer({ min: -1_000, max: 1_000 }).map(atSecond);
/** Mostly near enough to the present for a live job. */
const anySoon = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 70, max: 100 }).map(atSecond) }, anyTime);
const anyBlock = fc.bigInt(0n, 3_000n);
const oftenAt = (block: bigint) => fc.oneof(anyBlock, fc.constant(block));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const anyWorker = fc.record({
  incarnation: fc.constantFrom("i1", "i2"),
  isAlive: fc.boolean(),
  draining: fc.boolean(),
  running: fc.nat(5),
  storeId: fc.constantFrom(null, "store-1", "store-2"),
});
const anyJob = fc.record({
  status: fc.constantFrom(...JOB_STATUSES),
  failures: fc.constantFrom(0, 0, 0, 1, 9),
  nodeId: fc.constantFrom(null, "w1"),
  nodeSelector: fc.constantFrom(null, "w1", "eu-*"),
  targetBlock: maybe(anyBlock),
  updatedAt: anySoon,
  nextAttemptAt: maybe(anyTime),
  stopDeadline: maybe(anyTime),
  lastError: maybe(
    fc.constantFrom("ENDPOINT_FAILING", "STORAGE_FAILING", "CHAIN_MISMATCH", "INTERNAL").map((code) => ({
      code,
      message: "it broke",
      retryable: true,
      attempt: 1,
      fields: { url: "https://u:hunter2@host" },
      causes: ["it broke", "hunter2"],
    })),
  ),
});
const anyLive = fc.record({
  attempt: fc.constantFrom(3, 3, 3, 2),
  reportedAt: anySoon,
  headBlock: oftenAt(2_000n),
  fetchedBlock: maybe(oftenAt(1_990n)),
  blocksPerSecond: maybe(fc.double({ min: 0, max: 1_000, noNaN: true })),
  chainSecondsPerBlock: maybe(fc.double({ min: 0.01, max: 60, noNaN: true })),
  advancedAt: anySoon,
  waitsFor: fc.constantFrom(...WAIT_CAUSES),
});
const anyInput = fc
  .record({
    job: anyJob,
    live: fc.option(anyLive, { nil: undefined }),
    workers: fc.array(anyWorker, { maxLength: 3 }),
    providers: fc.nat(2),
    startBlock: anyBlock,
    current: fc.array(maybe(anyBlock), { maxLength: 3 }),
    currentTimestamp: maybe(fc.bigInt(1_767_225_000n, 1_767_226_000n)),
    hasGap: fc.constantFrom(false, false, true),
  })
  .map(({ job, live, workers, current, hasGap, currentTimestamp, ...rest }) => {
    const figures = { startBlock: 0n, currentTimestamp, filesCount: 1n, totalSizeBytes: 1n, rowCount: 1n };
    const gap = { table: "logs", missing: { start: 5n, end: 9n }, filesBeyond: 1n };
    return input(
      {
        ...rest,
        live: live === undefined ? undefined : liveReport(live),
        workers: workers.map(worker),
        tables: current.map((currentBlock, at) => ({ table: `t${at}`, ...figures, currentBlock })),
        gaps: hasGap ? [gap] : [],
      },
      job,
    );
  });

test("any job gets one verdict, a sentence with it, and facts that all say something", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anyInput, (any) => {
      const found = diagnose(any);
      seen.add(found.verdict);
      expect(VERDICTS).toContain(found.verdict);
      expect(SEVERITIES).toContain(found.severity);
      expect(found.summary).toMatch(/^[A-Z].*\.$/);
      for (const { name, value } of found.evidence) expect([name, value]).not.toContain("");
      for (const sentence of found.advice) expect(sentence).toMatch(/^[A-Z].*\.$/);
      if (found.severity === "WARNING" || found.severity === "CRITICAL") expect(found.advice).not.toEqual([]);
    }),
    { numRuns: 5_000, seed: 1 },
  );
  expect([...seen].toSorted()).toEqual(VERDICTS.toSorted());
});

test("any job shows of its last error the code and the message alone", () => {
  fc.assert(
    fc.property(anyInput, (any) => {
      expect(JSON.stringify(diagnose(any))).not.toContain("hunter2");
    }),
  );
});
