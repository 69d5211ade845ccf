import type { ProgressFiguresFragment } from "../generated/api.ts";
import type { Cell } from "../output/cell.ts";
import type { Field } from "../output/details.ts";
import type { Column } from "../output/table.ts";
import { formatBytes, formatCount, formatDuration, formatRate, formatTimeAndAge } from "../output/units.ts";
import { words } from "./job-state.ts";
import { blocksText, doneText, etaText } from "./progress.ts";

/** What is to be said of a job's progress; what is unknown is left out. */
export function progressFields(progress: ProgressFiguresFragment, now: Date): Field[] {
  const { blocksPerSecond, bytesPerSecond, inFlight, lagBlocks, lagSeconds, stalledSince, bottleneckTable } = progress;
  const isIdle = progress.phase === "IDLE";
  const fields: (Field | undefined)[] = [
    blocksField(progress),
    isIdle ? undefined : ["Phase", words(progress.phase)],
    isIdle || lagBlocks === null ? undefined : ["Lag", lagText(lagBlocks, lagSeconds)],
    blocksPerSecond === null
      ? undefined
      : ["Rate", `${formatRate(blocksPerSecond)} blocks, ${formatBytes(bytesPerSecond ?? 0)}/s from the endpoint`],
    etaField(progress),
    stalledSince === null
      ? undefined
      : ["Stalled", { text: `since ${formatTimeAndAge(new Date(stalledSince), now)}`, style: "red" }],
    inFlight === null
      ? undefined
      : ["In hand", `${formatCount(inFlight.blocks)} blocks, ${formatCount(inFlight.rows)} rows not published yet`],
    bottleneckTable === null ? undefined : ["Slowest", bottleneckTable],
    [
      "Published",
      `${formatCount(progress.rowCount)} rows, ${formatCount(progress.filesCount)} files, ${formatBytes(BigInt(progress.totalSizeBytes))}`,
    ],
  ];
  return fields.filter((field) => field !== undefined);
}

export const TABLE_PROGRESS_COLUMNS: readonly Column[] = [
  { header: "TABLE", least: 12 },
  { header: "FROM", align: "right", dropAt: 2 },
  { header: "TO", align: "right" },
  { header: "ROWS", align: "right", dropAt: 1 },
  { header: "FILES", align: "right", dropAt: 3 },
  { header: "SIZE", align: "right" },
];

/** One row a table, for `TABLE_PROGRESS_COLUMNS`. */
export function tableProgressRows({ tables }: ProgressFiguresFragment): Cell[][] {
  return tables.map((table) => [
    table.table,
    table.startBlock ?? "–",
    table.currentBlock ?? "–",
    formatCount(table.rowCount),
    formatCount(table.filesCount),
    formatBytes(BigInt(table.totalSizeBytes)),
  ]);
}

function blocksField(progress: ProgressFiguresFragment): Field {
  const done = doneText(progress);
  const blocks = blocksText(progress);
  return ["Blocks", done === "–" ? blocks : `${blocks} (${done})`];
}

function lagText(blocks: string, seconds: number | null): string {
  return `${formatCount(blocks)} blocks${seconds === null ? "" : `, ${formatDuration(seconds)}`}`;
}

function etaField(progress: ProgressFiguresFragment): Field | undefined {
  const { eta } = progress;
  if (eta === null) {
    const text = etaText(progress);
    return text === "–" ? undefined : ["ETA", text];
  }
  const [least, most] = [formatDuration(eta.earliestSeconds), formatDuration(eta.latestSeconds)];
  return ["ETA", least === most ? most : `${least} to ${most}`];
}
