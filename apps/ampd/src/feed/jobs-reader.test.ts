import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JobStatus } from "../domain/job.ts";
import type { JobRow } from "../store/job-row.ts";
import { type JobsItem, JobsReader } from "./jobs-reader.ts";

const INTERVAL_MS = 100;

/** As much of a job as a reader looks at. */
function jobOf(number: number, status: JobStatus, version: number): JobRow {
  return { number: BigInt(number), status, version } as JobRow;
}

/** A reader of running jobs, and what it was given so far, in words. */
function makeReader({ intervalMs = 0 } = {}) {
  const reader = new JobsReader({ filter: { statuses: ["RUNNING"] }, intervalMs, onClose: () => {} });
  const told: string[] = [];
  const offer = (job: JobRow) => reader.offer(job.number, job);
  /** Reads on until nothing more comes without waiting. */
  const drain = async () => {
    const before = told.length;
    await vi.advanceTimersByTimeAsync(0);
    return told.slice(before);
  };
  const readAll = async () => {
    for await (const item of reader.items) told.push(inWords(item));
  };
  return { reader, offer, drain, readAll };
}

function inWords(item: JobsItem): string {
  if (item.kind === "caughtUp") return "caught up";
  if (item.kind === "left") return `${item.number} left: ${item.reason}`;
  return `${item.job.number} v${item.job.version}`;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a reader of jobs", () => {
  test("gives the snapshot, then word that it is caught up, then changes", async () => {
    const { reader, offer, drain, readAll } = makeReader();
    void readAll();
    expect(await drain()).toEqual([]);
    reader.load([jobOf(1, "RUNNING", 2), jobOf(2, "RUNNING", 2)]);
    expect(await drain()).toEqual(["1 v2", "2 v2", "caught up"]);
    offer(jobOf(3, "RUNNING", 2));
    offer(jobOf(1, "STOP_REQUESTED", 3));
    expect(await drain()).toEqual(["3 v2", "1 left: CHANGED"]);
    reader.offer(2n, undefined);
    expect(await drain()).toEqual(["2 left: REMOVED"]);
  });

  test("is caught up at once when the filter selects nothing", async () => {
    const { reader, drain, readAll } = makeReader();
    void readAll();
    reader.load([]);
    expect(await drain()).toEqual(["caught up"]);
  });

  test("says nothing of a version that was given, nor of jobs that the filter never selected", async () => {
    const { reader, offer, drain, readAll } = makeReader();
    void readAll();
    reader.load([jobOf(1, "RUNNING", 2)]);
    await drain();
    offer(jobOf(1, "RUNNING", 2));
    offer(jobOf(2, "SCHEDULED", 1));
    reader.offer(3n, undefined);
    expect(await drain()).toEqual([]);
  });

  test("holds the latest of each job for a subscriber that does not read", async () => {
    const { reader, offer, drain, readAll } = makeReader();
    reader.load([jobOf(1, "RUNNING", 2), jobOf(2, "RUNNING", 2), jobOf(3, "RUNNING", 2)]);
    offer(jobOf(1, "SCHEDULED", 3));
    offer(jobOf(1, "RUNNING", 4));
    offer(jobOf(2, "FAILED", 3));
    offer(jobOf(4, "RUNNING", 2));
    offer(jobOf(4, "FAILED", 3));
    void readAll();
    // Of 2 and 4 the subscriber never knew; 1 came back after the snapshot.
    expect(await drain()).toEqual(["3 v2", "caught up", "1 v4"]);
  });

  test("tells what came while the snapshot was read, unless the snapshot is younger", async () => {
    const { reader, offer, drain, readAll } = makeReader();
    void readAll();
    offer(jobOf(1, "RUNNING", 4));
    offer(jobOf(2, "STOP_REQUESTED", 3));
    reader.offer(3n, undefined);
    offer(jobOf(4, "SCHEDULED", 3));
    offer(jobOf(5, "RUNNING", 2));
    reader.load([jobOf(1, "RUNNING", 2), jobOf(2, "RUNNING", 2), jobOf(3, "RUNNING", 2), jobOf(4, "RUNNING", 4)]);
    expect(await drain()).toEqual(["1 v4", "4 v4", "caught up", "5 v2"]);
  });

  test("tells of a job once per interval, the last one always, and of others meanwhile", async () => {
    const { reader, offer, drain, readAll } = makeReader({ intervalMs: INTERVAL_MS });
    void readAll();
    reader.load([jobOf(1, "RUNNING", 2)]);
    expect(await drain()).toEqual(["1 v2", "caught up"]);
    offer(jobOf(1, "SCHEDULED", 3));
    offer(jobOf(1, "RUNNING", 4));
    offer(jobOf(2, "RUNNING", 2));
    expect(await drain()).toEqual(["2 v2"]);
    await vi.advanceTimersByTimeAsync(INTERVAL_MS - 1);
    expect(await drain()).toEqual([]);
    offer(jobOf(1, "FAILED", 5));
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    offer(jobOf(2, "RUNNING", 4));
    await reader.items.return();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that got a new snapshot says which held jobs are not in it, and goes on", async () => {
    const { reader, offer, drain, readAll } = makeReader();
    void readAll();
    reader.load([jobOf(1, "RUNNING", 2), jobOf(2, "RUNNING", 2)]);
    await drain();
    reader.expectSnapshot();
    offer(jobOf(3, "RUNNING", 2));
    expect(await drain()).toEqual([]);
    expect(reader.load([jobOf(1, "RUNNING", 4)])).toEqual([2n]);
    expect(await drain()).toEqual(["1 v4", "caught up", "3 v2"]);
    reader.offer(2n, undefined);
    expect(await drain()).toEqual(["2 left: REMOVED"]);
  });
});
