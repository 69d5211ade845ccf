import type { LogLine, Program } from "./program.ts";

/** What a worker says when blocks are visible to readers. */
export function isPublish(job: number): (line: LogLine) => boolean {
  return (line) => line.msg === "segment published" && line.job === String(job);
}

/**
 * Kills the worker that runs a job with SIGKILL, right after it has published.
 * @returns the milliseconds from the kill to the first segment of the job that another worker has published
 */
export async function measureFailover(job: number, owner: Program, others: readonly Program[]): Promise<number> {
  await nextLine(owner, isPublish(job));
  const next = Promise.race(others.map((other) => nextLine(other, isPublish(job))));
  const killedAtMs = performance.now();
  await owner.end("SIGKILL");
  await next;
  return performance.now() - killedAtMs;
}

/** The next line that matches, not one that was there before. */
function nextLine(program: Program, matches: (line: LogLine) => boolean): Promise<LogLine> {
  const known = new Set(program.lines);
  return program.line((line) => !known.has(line) && matches(line));
}
