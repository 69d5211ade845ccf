import type { TableProgress } from "../../domain/table-progress.ts";
import { builder } from "../builder.ts";

/** What the figures of a canonical chain of files mean, of one table and of all together. */
export const CHAIN_FIELDS = {
  startBlock: "First block of the canonical chain of files; null while nothing is published.",
  currentBlock:
    "Last block that is published without a gap before it; null while there is none. A reorg may take it back.",
  filesCount: "Files in the canonical chain.",
  totalSizeBytes: "Their size in bytes.",
  rowCount: "Their rows.",
};

export const TableProgressType = builder.objectRef<TableProgress>("TableProgress").implement({
  description: "What is published of one table; of an ended job as it was at the end.",
  fields: (t) => ({
    table: t.exposeString("table", { description: "blocks, transactions or logs." }),
    startBlock: t.expose("startBlock", { type: "BigInt", nullable: true, description: CHAIN_FIELDS.startBlock }),
    currentBlock: t.expose("currentBlock", { type: "BigInt", nullable: true, description: CHAIN_FIELDS.currentBlock }),
    filesCount: t.expose("filesCount", { type: "BigInt", description: CHAIN_FIELDS.filesCount }),
    totalSizeBytes: t.expose("totalSizeBytes", { type: "BigInt", description: CHAIN_FIELDS.totalSizeBytes }),
    rowCount: t.expose("rowCount", { type: "BigInt", description: CHAIN_FIELDS.rowCount }),
  }),
});
