import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import { ENDED, moversOf, OWNED, STATUSES } from "./arrows.ts";
import type { RawJob, Snapshot } from "./observe.ts";

/** What holds between any two moments, whoever did what between them. */
export function expectInvariants(before: Snapshot, after: Snapshot): void {
  expectLogGrew(before, after);
  for (const job of after.jobs) {
    expect(OWNED.includes(job.status)).toBe(job.incarnation !== null);
    expectMoved(
      before.jobs.find(({ number }) => number === job.number),
      job,
      after,
    );
  }
  for (const job of before.jobs) {
    if (after.jobs.some(({ number }) => number === job.number)) continue;
    expect(ENDED).toContain(historyOf(after, job.number).at(-1));
    expect(after.events.findLast(({ job_number }) => job_number === job.number)?.type).toBe("REMOVED");
  }
  expectChains(after);
}

/** As `toEqual`, which is asked only for the words of a difference: it takes ten times as long. */
export function expectEqual(actual: unknown, expected: unknown, story?: string): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, story).toEqual(expected);
}

/** The statuses that a job went through, as the log tells it. */
function historyOf(snapshot: Snapshot, number: number): string[] {
  return snapshot.events
    .filter(({ job_number, type }) => job_number === number && (STATUSES as readonly string[]).includes(type))
    .map(({ type }) => type);
}

/** Every arrow that the log shows, as `FROM → TO`. */
export function arrowsIn(snapshot: Snapshot): string[] {
  return [...new Set(snapshot.events.map(({ job_number }) => job_number))].flatMap((number) =>
    historyOf(snapshot, number).flatMap((to, index, all) => (index === 0 ? [] : [`${all[index - 1]} → ${to}`])),
  );
}

/** Append-only: what stood there stands there, and all that is new has a higher number. */
function expectLogGrew(before: Snapshot, after: Snapshot): void {
  expectEqual(after.events.slice(0, before.events.length), before.events);
  const sequences = after.events.map(({ sequence }) => sequence ?? Number.NaN);
  expect(sequences.every((sequence, index) => index === 0 || sequence > (sequences[index - 1] ?? Number.NaN))).toBe(
    true,
  );
}

/** One version, one time and one event per move, none without; the log replays to what stands; ended is final. */
function expectMoved(earlier: RawJob | undefined, job: RawJob, after: Snapshot): void {
  const history = historyOf(after, job.number);
  expect(history[0]).toBe("SCHEDULED");
  expect(history.at(-1)).toBe(job.status);
  expect(job.version).toBe(history.length);
  if (earlier === undefined) return;
  if (ENDED.includes(earlier.status)) expectEqual(job, earlier);
  expect(job.attempt - earlier.attempt).toBeGreaterThanOrEqual(0);
  if (job.version === earlier.version) {
    expect([job.status, job.updated_at, job.attempt]).toEqual([earlier.status, earlier.updated_at, earlier.attempt]);
  }
  for (let index = earlier.version; index < history.length; index += 1) {
    const [from, to] = history.slice(index - 1, index + 1);
    expect(moversOf(from as RawJob["status"], to as RawJob["status"]), `${from} → ${to}`).not.toEqual([]);
  }
}

/** No block twice and none missing in a chain, and the table's figures are those of its chain. */
function expectChains({ tables, files }: Snapshot): void {
  for (const table of tables) {
    const chain = files.filter(({ table_id, canonical }) => canonical && table_id === table.id);
    for (const [index, file] of chain.entries()) {
      expect(file.start_block).toBe(index === 0 ? 0 : (chain[index - 1]?.end_block ?? Number.NaN) + 1);
    }
    expect(table.files_count).toBe(chain.length);
    expect(table.current_block).toBe(chain.at(-1)?.end_block ?? null);
  }
}
