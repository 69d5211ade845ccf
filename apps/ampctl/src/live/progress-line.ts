import { datasetOf } from "../options/dataset.ts";
import { styleOf, textOf } from "../output/cell.ts";
import type { Paint } from "../output/paint.ts";
import { formatBytes, formatCount } from "../output/units.ts";
import { statusCell } from "../views/job-state.ts";
import { blocksText, doneText, etaText, rateText } from "../views/progress.ts";
import type { WatchedJob } from "./watched-jobs.ts";

/** How far a job is, in one line without the time. */
export function progressLine(job: WatchedJob, paint: Paint): string {
  const { progress, status, number, lastError } = job;
  const shown = statusCell(status);
  const eta = etaText(progress);
  return [
    `job ${number}`,
    textOf(datasetOf(job)),
    paint(styleOf(shown), textOf(shown)),
    blocksText(progress),
    ...[doneText(progress), rateText(progress.blocksPerSecond)].filter((text) => text !== "–"),
    ...(eta === "–" ? [] : [`ETA ${eta}`]),
    ...(progress.lagBlocks === null ? [] : [`lag ${formatCount(progress.lagBlocks)}`]),
    `${formatCount(progress.filesCount)} files`,
    formatBytes(BigInt(progress.totalSizeBytes)),
    ...(status === "FAILED" && lastError !== null ? [textOf(`${lastError.code}: ${lastError.message}`)] : []),
  ].join("  ");
}

/** What of a job's progress is worth a line of its own when it changes. */
export function progressKey({ status, progress }: WatchedJob): string {
  return [status, progress.currentBlock, progress.filesCount].join(" ");
}

/** REST's body of a job's progress, with more. */
export function progressDocument({ number, status, progress, lastError }: WatchedJob): object {
  const { blocksPerSecond, eta, stalledSince } = progress;
  return {
    job_id: BigInt(number),
    job_status: status,
    current_block: toBigint(progress.currentBlock),
    target_block: toBigint(progress.targetBlock),
    head_block: toBigint(progress.headBlock),
    lag_blocks: toBigint(progress.lagBlocks),
    blocks_per_second: blocksPerSecond,
    eta_seconds: eta?.latestSeconds ?? null,
    stalled_since: stalledSince,
    tables: Object.fromEntries(
      progress.tables.map((table) => [
        table.table,
        {
          current_block: toBigint(table.currentBlock),
          start_block: toBigint(table.startBlock),
          files_count: BigInt(table.filesCount),
          total_size_bytes: BigInt(table.totalSizeBytes),
        },
      ]),
    ),
    ...(status === "FAILED" && lastError !== null
      ? { detail: { error_code: lastError.code, error_message: lastError.message } }
      : {}),
  };
}

function toBigint(number: string | null): bigint | null {
  return number === null ? null : BigInt(number);
}
