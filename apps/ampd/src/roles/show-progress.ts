import { type JobProgress, jobProgress } from "../domain/job-progress.ts";
import type { TableProgress } from "../domain/table-progress.ts";
import type { JobHub } from "../feed/hub.ts";
import type { JobSnapshot } from "../feed/job-snapshot.ts";
import type { Log } from "../telemetry/log.ts";
import type { Terminal } from "./terminal.ts";

const LIVE_INTERVAL_MS = 250;
const LOG_INTERVAL_MS = 5_000;
const BAR_CELLS = 24;
const RATE_WINDOW_MS = 15_000;
const MIN_RATE_SPAN_MS = 2_000;

/** Shows one job's progress until it has ended or the signal aborts: lines in place on a terminal, log lines elsewhere. */
export async function showProgress(
  hub: JobHub,
  number: bigint,
  { terminal, log, signal }: { terminal: Terminal; log: Log; signal: AbortSignal },
): Promise<void> {
  const intervalMs = terminal.isLive ? LIVE_INTERVAL_MS : LOG_INTERVAL_MS;
  const snapshots = await hub.watch(number, { intervalMs, keyOf: progressLine });
  const end = () => void snapshots.return?.();
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  const rate = new Rate();
  for await (const snapshot of snapshots) {
    const { currentBlock } = progressOf(snapshot);
    if (currentBlock !== null) rate.add(currentBlock, performance.now());
    if (terminal.isLive) terminal.show(liveLines(snapshot, rate.blocksPerSecond()));
    else log.info({ job: String(number) }, progressLine(snapshot));
  }
  signal.removeEventListener("abort", end);
}

/** Published blocks in a second, over the last seconds. */
class Rate {
  readonly #samples: { readonly block: bigint; readonly atMs: number }[] = [];

  add(block: bigint, atMs: number): void {
    this.#samples.push({ block, atMs });
    while ((this.#samples[1]?.atMs ?? atMs) < atMs - RATE_WINDOW_MS) this.#samples.shift();
  }

  blocksPerSecond(): number | undefined {
    const first = this.#samples.at(0);
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < MIN_RATE_SPAN_MS) return undefined;
    return (Number(last.block - first.block) * 1_000) / (last.atMs - first.atMs);
  }
}

function progressOf({ tables, live, job }: JobSnapshot): JobProgress {
  return jobProgress({ tables, live, targetBlock: job.targetBlock });
}

function progressLine(snapshot: JobSnapshot): string {
  const { job } = snapshot;
  const { currentBlock, headBlock, filesCount, rowCount } = progressOf(snapshot);
  return `job ${job.number} ${job.status}: block ${currentBlock ?? "–"} of ${headBlock ?? "–"}, ${filesCount} files, ${rowCount} rows`;
}

function liveLines(snapshot: JobSnapshot, blocksPerSecond: number | undefined): string[] {
  const { job, live } = snapshot;
  const rate = blocksPerSecond === undefined ? "" : `  ${blocksPerSecond.toFixed(1)} blocks/s`;
  const trouble = job.lastError === null || job.nextAttemptAt === null ? "" : `: ${job.lastError.message}`;
  const head = `job ${job.number}  ${job.status}${rate}${trouble}`;
  if (snapshot.tables.length === 0) {
    return [head, `  fetching block ${live?.fetchedBlock ?? "–"} of ${live?.headBlock ?? "–"}`];
  }
  return [head, ...snapshot.tables.map((table) => tableLine(table, job.targetBlock ?? live?.headBlock ?? null))];
}

function tableLine(table: TableProgress, goal: bigint | null): string {
  const current = table.currentBlock ?? -1n;
  const share = goal === null || goal < 0n ? 0 : Math.min(1, Number(current + 1n) / Number(goal + 1n));
  const filled = Math.round(share * BAR_CELLS);
  const bar = "█".repeat(filled) + "░".repeat(BAR_CELLS - filled);
  const blocks = `${table.currentBlock ?? "–"} / ${goal ?? "–"}`;
  return `  ${table.table.padEnd(13)}${bar}  ${blocks.padEnd(15)}  ${String(table.rowCount).padStart(8)} rows  ${String(table.filesCount).padStart(5)} files  ${formatBytes(table.totalSizeBytes).padStart(9)}`;
}

function formatBytes(bytes: bigint): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = Number(bytes);
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
