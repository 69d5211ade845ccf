import { describe, expect, test } from "vitest";
import { diagnosisInput as input, workerFacts as worker } from "./diagnosis.fixture.ts";
import { diagnose } from "./diagnosis.ts";
import type { DiagnosedJob, DiagnosisInput } from "./diagnosis-input.ts";
import type { WaitCause } from "./live-report.ts";
import { atSecond, liveReport } from "./run-state.fixture.ts";

const error = (code: string, message = "it broke") => ({ code, message });
const verdict = (changes: Partial<DiagnosisInput> = {}, job: Partial<DiagnosedJob> = {}) =>
  diagnose(input(changes, job)).verdict;
const scheduled = (job: Partial<DiagnosedJob> = {}) => ({
  status: "SCHEDULED" as const,
  scheduledAt: atSecond(60),
  ...job,
});

describe("a job that has ended", () => {
  test("is COMPLETED or STOPPED, and tells how far it came", () => {
    const completed = diagnose(input({}, { status: "COMPLETED", targetBlock: 900n }));
    expect(completed).toMatchObject({
      verdict: "COMPLETED",
      severity: "OK",
      summary: "The job has reached its end block: it has published up to block 900 (18 files).",
      advice: [],
    });
    expect(completed.evidence).toContainEqual({ name: "targetBlock", value: "900" });
    const stopped = diagnose(input({ tables: [] }, { status: "STOPPED" }));
    expect(stopped).toMatchObject({ verdict: "STOPPED", summary: "The job was stopped: it has published nothing." });
    expect(stopped.advice.join()).toContain("`retryJob`");
  });

  test("is FAILED with its error, and names the mutation that runs it again", () => {
    const failed = diagnose(input({}, { status: "FAILED", lastError: error("STORAGE_FAILING", "disk full") }));
    expect(failed).toMatchObject({
      verdict: "FAILED",
      severity: "CRITICAL",
      summary: "Attempt 3 failed with STORAGE_FAILING: disk full.",
    });
    expect(failed.advice.join()).toContain("`retryJob`");
    expect(verdict({}, { status: "FAILED" })).toBe("FAILED");
  });

  test.each(["CHAIN_MISMATCH", "CHAIN_ID_MISMATCH"])("is a CHAIN_MISMATCH after %s", (code) => {
    const found = diagnose(input({}, { status: "FAILED", lastError: error(code) }));
    expect(found).toMatchObject({ verdict: "CHAIN_MISMATCH", severity: "CRITICAL" });
    expect(found.advice.join()).toMatch(/mainnet.*`registerProvider`.*`retryJob`/);
  });
});

describe("a job that a worker has", () => {
  test.each(["RUNNING", "STOP_REQUESTED", "STOPPING"] as const)(
    "has lost its owner when no live worker is it: %s",
    (status) => {
      expect(verdict({ workers: [worker({ isAlive: false })] }, { status })).toBe("OWNER_LOST");
      expect(verdict({ workers: [worker({ incarnation: "i2" })] }, { status })).toBe("OWNER_LOST");
      expect(verdict({ workers: [] }, { status })).toBe("OWNER_LOST");
    },
  );

  test("is STOPPING up to its deadline and STOP_OVERDUE after it", () => {
    const at = (deadline: number) => diagnose(input({}, { status: "STOPPING", stopDeadline: atSecond(deadline) }));
    expect(at(110)).toMatchObject({ verdict: "STOPPING", severity: "WAITING" });
    expect(at(110).summary).toContain("10 s left");
    expect(at(100)).toMatchObject({ verdict: "STOPPING" });
    expect(at(80)).toMatchObject({ verdict: "STOP_OVERDUE", severity: "WARNING" });
    expect(at(80).summary).toContain("20 s ago");
    expect(verdict({}, { status: "STOP_REQUESTED" })).toBe("STOPPING");
  });
});

describe("a scheduled job", () => {
  test("without a provider says so, before anything else", () => {
    const found = diagnose(input({ providers: 0, workers: [] }, scheduled()));
    expect(found).toMatchObject({ verdict: "NO_PROVIDER", severity: "CRITICAL" });
    expect(found.advice.join()).toContain("`registerProvider`");
    expect(verdict({ providers: 0 })).toBe("HEALTHY");
  });

  test.each([
    ["NONE_ALIVE", [worker({ isAlive: false })], {}, "None of 1 known worker is alive."],
    ["NONE_SELECTED", [worker()], { nodeSelector: "eu-*" }, "None of 1 live worker fits the node selector 'eu-*'."],
    ["NONE_SEES_STORE", [worker({ storeId: null })], {}, "sees store store-1"],
    ["ALL_DRAIN", [worker({ draining: true })], {}, "drains"],
    ["ALL_FULL", [worker({ running: 4 }), worker({ nodeId: "w2", running: 4 })], {}, "they have 8 jobs and room for 8"],
  ])("that nobody takes waits for a worker and says why: %s", (gap, workers, job, words) => {
    const found = diagnose(input({ workers }, scheduled(job)));
    expect(found.verdict).toBe("WAITING_FOR_WORKER");
    expect(found.summary).toContain(words);
    expect(found.evidence).toContainEqual({ name: "workerGap", value: gap });
    expect(found.evidence).toContainEqual({ name: "waitingSeconds", value: "40" });
    expect(found.advice).not.toEqual([]);
  });

  test("in its back-off is RETRYING while workers are full, but not while none is alive", () => {
    const job = scheduled({ failures: 1, nextAttemptAt: atSecond(101), lastError: error("JOB_STALLED") });
    expect(verdict({ workers: [worker({ running: 4 })] }, job)).toBe("RETRYING");
    expect(verdict({ workers: [] }, job)).toBe("WAITING_FOR_WORKER");
    expect(verdict({ workers: [worker({ running: 4 })] }, { ...job, nextAttemptAt: atSecond(100) })).toBe(
      "WAITING_FOR_WORKER",
    );
  });

  test("that a worker is about to take is QUEUED", () => {
    expect(diagnose(input({}, scheduled()))).toMatchObject({ verdict: "QUEUED", severity: "WAITING", advice: [] });
  });
});

describe("attempts that come to nothing", () => {
  const failing = (code: string, job: Partial<DiagnosedJob> = {}) =>
    diagnose(input({}, scheduled({ failures: 3, nextAttemptAt: atSecond(108), lastError: error(code), ...job })));

  test("are RETRYING, with the error and the time of the next one", () => {
    expect(failing("JOB_STALLED")).toMatchObject({
      verdict: "RETRYING",
      severity: "WARNING",
      summary:
        "The last 3 attempts published nothing: the next one comes in 8 s; the last error is JOB_STALLED: it broke.",
    });
    expect(failing("JOB_STALLED", { nextAttemptAt: null }).summary).toContain("the next one is due");
    expect(failing("NO_PROVIDER", { failures: 0 }).summary).toContain("Attempt 3 could not start");
  });

  test.each([
    ["ENDPOINT_FAILING", "ENDPOINT_FAILING"],
    ["BAD_CHAIN_DATA", "ENDPOINT_FAILING"],
    ["STORAGE_FAILING", "STORE_FAILING"],
    ["LEASE_EXPIRED", "RETRYING"],
  ])("because of %s are %s", (code, found) => {
    expect(failing(code).verdict).toBe(found);
  });

  test("stay so while the next one runs, until it publishes; once it gets on, the endpoint is not to blame", () => {
    const job = { failures: 1, lastError: error("ENDPOINT_FAILING") };
    expect(verdict({ live: liveReport({ blocksPerSecond: null }) }, job)).toBe("ENDPOINT_FAILING");
    expect(verdict({ live: liveReport({ blocksPerSecond: 5 }) }, job)).toBe("RETRYING");
    expect(verdict({}, { ...job, failures: 0 })).toBe("HEALTHY");
  });
});

describe("a running job", () => {
  test("is STALLED after 30 s without an advance, and what it waits for says whose fault it is", () => {
    const at = (second: number, waitsFor: WaitCause = "NOTHING") =>
      diagnose(input({ live: liveReport({ advancedAt: atSecond(second), waitsFor }) }));
    expect(at(70).verdict).toBe("HEALTHY");
    expect(at(69)).toMatchObject({ verdict: "STALLED", severity: "WARNING" });
    expect(at(69).summary).toBe("Attempt 3 on worker w1 has not advanced for 31 s.");
    expect(at(69, "ENDPOINT").verdict).toBe("ENDPOINT_FAILING");
    expect(at(69, "STORE").verdict).toBe("STORE_FAILING");
    expect(at(69, "RATE_LIMIT").verdict).toBe("STALLED");
  });

  test("is STARTING before its first report, and STALLED when none comes", () => {
    const old = liveReport({ attempt: 2 });
    expect(verdict({ live: undefined, now: atSecond(30) })).toBe("STARTING");
    expect(verdict({ live: old, now: atSecond(30) })).toBe("STARTING");
    expect(diagnose(input({ live: undefined, now: atSecond(31) })).summary).toContain("has reported nothing for 31 s");
  });

  test("names the lowest GAP, whose files beyond do not count yet", () => {
    const gaps = [
      { table: "logs", missing: { start: 901n, end: 950n }, filesBeyond: 2n },
      { table: "blocks", missing: { start: 500n, end: 505n }, filesBeyond: 1n },
    ];
    const found = diagnose(input({ gaps }));
    expect(found).toMatchObject({ verdict: "GAP", severity: "WAITING" });
    expect(found.summary).toContain(
      "Table blocks lacks blocks 500 to 505, so what is published behind them (1 file) does not count yet",
    );
  });

  test("is BEHIND when it fetches more slowly than the chain grows", () => {
    const at = (blocksPerSecond: number | null, targetBlock: bigint | null = null) =>
      verdict({ live: liveReport({ blocksPerSecond, chainSecondsPerBlock: 10 }) }, { targetBlock });
    expect(at(0.1)).toBe("HEALTHY");
    expect(at(0.09)).toBe("BEHIND");
    expect(at(null)).toBe("HEALTHY");
    expect(at(0.09, 2_000n)).toBe("HEALTHY");
    expect(at(0.09, 2_001n)).toBe("BEHIND");
  });

  test("is BEHIND when it follows and publishes more than 10 minutes late", () => {
    const live = liveReport({ fetchedBlock: 2_000n, headTimestamp: 10_000n });
    const at = (currentTimestamp: bigint | null) =>
      diagnose(input({ live, tables: input().tables.map((table) => ({ ...table, currentTimestamp })) }));
    expect(at(9_400n).verdict).toBe("FOLLOWING");
    expect(at(9_399n)).toMatchObject({ verdict: "BEHIND", severity: "WARNING" });
    expect(at(9_399n).evidence).toContainEqual({ name: "lagSeconds", value: "601" });
    expect(at(null).verdict).toBe("FOLLOWING");
  });

  test("is WAITING_FOR_HEAD when its target, or its first block, is beyond the head", () => {
    const live = liveReport({ fetchedBlock: 2_000n });
    expect(diagnose(input({ live }, { targetBlock: 2_010n }))).toMatchObject({ verdict: "WAITING_FOR_HEAD" });
    expect(diagnose(input({ live }, { targetBlock: 2_010n })).summary).toContain("10 blocks up to block 2010");
    expect(verdict({ live }, { targetBlock: 2_000n })).toBe("HEALTHY");
    const young = { startBlock: 5_000n, tables: [], live: liveReport({ fetchedBlock: null }) };
    expect(verdict(young)).toBe("WAITING_FOR_HEAD");
  });

  test("is RATE_LIMITED while its endpoint's limit holds it back", () => {
    const found = diagnose(input({ live: liveReport({ waitsFor: "RATE_LIMIT" }) }));
    expect(found).toMatchObject({ verdict: "RATE_LIMITED", severity: "WAITING" });
    expect(found.advice.join()).toContain("`registerProvider`");
  });

  test("is FOLLOWING at the head and HEALTHY on its way, with nothing to do", () => {
    const following = diagnose(input({ live: liveReport({ fetchedBlock: 1_990n, waitsFor: "HEAD" }) }));
    expect(following).toMatchObject({ verdict: "FOLLOWING", severity: "OK", advice: [] });
    expect(diagnose(input())).toMatchObject({
      verdict: "HEALTHY",
      severity: "OK",
      summary: "The job fetches 10 blocks/s on its way to block 2000, and what is published is 1100 blocks below it.",
      advice: [],
    });
  });
});
