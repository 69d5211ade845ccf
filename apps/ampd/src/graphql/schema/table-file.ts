import type { BlockRange } from "../../domain/block-range.ts";
import { columnsOf, type TableColumn } from "../../domain/table-columns.ts";
import { countOtherFiles, type FilePosition, pageFiles, type TableFileRow } from "../../store/file-page.ts";
import { holesOf } from "../../store/table-holes.ts";
import { builder } from "../builder.ts";
import { listCursors } from "../cursor.ts";
import { parseRowNumber } from "../global-id.ts";
import { STATEMENT_COST, withCost } from "../limits/field-cost.ts";
import { nodesOf, parsePage, toConnection } from "../page.ts";
import { describePage, PAGES } from "../page-sizes.ts";
import { TableType } from "./table.ts";

const MAX_RANGES = 1_000;

const CURSORS = listCursors<FilePosition>({
  list: "files by block",
  toValues: ({ startBlock, id }) => [String(startBlock), String(id)],
  toKey: ([block = "", key = "", ...others]) => {
    const [startBlock, id] = [parseRowNumber(block), parseRowNumber(key)];
    return others.length > 0 || startBlock === undefined || id === undefined ? undefined : { startBlock, id };
  },
});

const TableFileType = builder.objectRef<TableFileRow>("TableFile").implement({
  description: "A Parquet file that is durable and registered. It never changes.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "In the table's folder." }),
    startBlock: t.expose("startBlock", { type: "BigInt", description: "Its first block." }),
    endBlock: t.expose("endBlock", { type: "BigInt", description: "Its last block." }),
    hash: t.exposeString("hash", { description: "Hash of the last block, `0x` and 64 hex digits." }),
    sizeBytes: t.expose("sizeBytes", { type: "BigInt", description: "Its size in bytes." }),
    rowCount: t.expose("rowCount", { type: "BigInt", description: "Its rows." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    isCanonical: t.exposeBoolean("canonical", {
      description: "Whether it stands in the canonical chain of files: what readers are to read.",
    }),
  }),
});

const TableColumnType = builder.objectRef<TableColumn>("TableColumn").implement({
  description: "A column of a table's files.",
  fields: (t) => ({
    name: t.exposeString("name"),
    type: t.exposeString("type", { description: "In Arrow's words, such as `FixedSizeBinary(32)`." }),
    isNullable: t.exposeBoolean("nullable", { description: "Whether a row may leave it out." }),
  }),
});

const BlockRangeType = builder.objectRef<BlockRange>("BlockRange").implement({
  description: "A range of blocks without a gap.",
  fields: (t) => ({
    startBlock: t.expose("start", { type: "BigInt", description: "Its first block." }),
    endBlock: t.expose("end", { type: "BigInt", description: "Its last block." }),
  }),
});

builder.objectFields(TableType, (t) => ({
  columns: t.field({
    type: [TableColumnType],
    description: "The columns of its files, in their order.",
    resolve: ({ tableName }) => [...columnsOf(tableName)],
  }),
  missingRanges: t.field({
    type: [BlockRangeType],
    description:
      "Blocks up to the end of the last file that no file holds, ascending, 1,000 ranges at most: holes that a job fills first. What lies behind the last file is not missing, but to come.",
    extensions: withCost({ own: STATEMENT_COST, items: MAX_RANGES }),
    resolve: (table, _, { database }) => holesOf(database, table, MAX_RANGES),
  }),
  files: t.connection(
    {
      type: TableFileType,
      description: `Its files by first block; ${describePage(PAGES.files)}`,
      args: {
        canonical: t.arg.boolean({
          defaultValue: true,
          description: "True: the canonical chain; false: what is off it, such as replaced blocks; null: all.",
        }),
      },
      resolve: async (table, args, { database }) => {
        const page = parsePage(args, PAGES.files, CURSORS);
        const canonical = args.canonical ?? undefined;
        const rows = await pageFiles(database, { ...page, tableId: table.id, canonical, limit: page.limit + 1 });
        return {
          ...toConnection(rows, page, { cursors: CURSORS, keyOf: ({ startBlock, id }) => ({ startBlock, id }) }),
          countAll: async () => {
            if (canonical === true) return table.filesCount;
            const others = BigInt(await countOtherFiles(database, table.id));
            return canonical === false ? others : table.filesCount + others;
          },
        };
      },
    },
    {
      name: "TableFileConnection",
      description: "A page of files.",
      fields: (connection) => ({
        totalCount: connection.field({
          type: "BigInt",
          description: "Files on all pages.",
          extensions: withCost({ own: STATEMENT_COST }),
          resolve: ({ countAll }) => countAll(),
        }),
        nodes: connection.field({ type: [TableFileType], resolve: ({ edges }) => nodesOf(edges) }),
      }),
    },
    { name: "TableFileEdge", description: "A file and its cursor." },
  ),
}));
