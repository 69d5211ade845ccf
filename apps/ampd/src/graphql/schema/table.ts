import type { Database } from "../../store/database.ts";
import { findTables } from "../../store/dataset-read.ts";
import { findTable, type LocatedTable, tableLocation } from "../../store/table.ts";
import { builder } from "../builder.ts";
import { parseRowNumber } from "../global-id.ts";
import { loadInOrder } from "../load-nodes.ts";

export const TableType = builder.objectRef<LocatedTable>("Table");

builder.node(TableType, {
  description:
    "One table of a dataset's manifest: Parquet files of one folder. The figures are those of the canonical chain of files.",
  id: { resolve: (table) => String(table.id) },
  loadMany: (ids, { database }) =>
    loadInOrder(ids, {
      parse: parseRowNumber,
      read: (keys) => findTables(database, keys),
      idOf: ({ id }) => String(id),
    }),
  fields: (t) => ({
    name: t.exposeString("tableName", { description: "blocks, transactions or logs." }),
    datasetNamespace: t.exposeString("namespace"),
    datasetName: t.exposeString("name"),
    manifestHash: t.exposeString("manifestHash", {
      description: "Versions of a dataset that share a manifest share its tables.",
    }),
    revision: t.exposeString("revision", { description: "UUID v7 of the folder." }),
    location: t.string({
      nullable: true,
      description:
        "The folder of the files, as the worker that made their store calls it: a path, or `s3://bucket/…`; null while they have no store.",
      resolve: tableLocation,
    }),
    startBlock: t.expose("startBlock", {
      type: "BigInt",
      nullable: true,
      description: "First block; null while there is none.",
    }),
    currentBlock: t.expose("currentBlock", {
      type: "BigInt",
      nullable: true,
      description: "Last block without a gap before it; null while there is none.",
    }),
    filesCount: t.expose("filesCount", { type: "BigInt", description: "Files in the canonical chain." }),
    totalSizeBytes: t.expose("totalSizeBytes", { type: "BigInt", description: "Their size in bytes." }),
    rowCount: t.expose("rowCount", { type: "BigInt", description: "Their rows." }),
  }),
});

builder.queryField("table", (t) =>
  t.field({
    type: TableType,
    nullable: true,
    description: "One table by its global id; null when there is none.",
    args: { id: t.arg.globalID({ required: true }) },
    resolve: (_, { id }, { database }) => (id.typename === "Table" ? findByKey(database, id.id) : null),
  }),
);

async function findByKey(database: Database, key: string): Promise<LocatedTable | null> {
  const id = parseRowNumber(key);
  return id === undefined ? null : findTable(database, id);
}
