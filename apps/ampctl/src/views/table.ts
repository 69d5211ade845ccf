import type { TableFiguresFragment } from "../generated/api.ts";

/** A table's figures as our own JSON documents have them. */
export function tableDocument(table: TableFiguresFragment): object {
  return {
    name: table.name,
    dataset_namespace: table.datasetNamespace,
    dataset_name: table.datasetName,
    manifest_hash: table.manifestHash,
    revision: table.revision,
    start_block: toBigint(table.startBlock),
    current_block: toBigint(table.currentBlock),
    files_count: BigInt(table.filesCount),
    row_count: BigInt(table.rowCount),
    total_size_bytes: BigInt(table.totalSizeBytes),
    location: table.location,
  };
}

function toBigint(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}
