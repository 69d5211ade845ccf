import DataLoader from "dataloader";
import { DatasetNotFoundError, ManifestNotFoundError } from "../domain/errors.ts";
import type { Database } from "../store/database.ts";
import type { DatasetKey, DatasetRow, ManifestRow } from "../store/dataset.ts";
import { findDatasets, findLinkedManifests, findManifests, listTablesOf } from "../store/dataset-read.ts";
import type { LocatedTable, TablesKey } from "../store/table.ts";

/** Reads of datasets that the rows of one answer share: each is one statement, however many rows ask. */
export type DatasetLoaders = {
  readonly dataset: DataLoader<DatasetKey, DatasetRow>;
  readonly manifest: DataLoader<string, ManifestRow>;
  /** The manifest, where it was registered under the dataset's name; else null. */
  readonly linkedManifest: DataLoader<TablesKey, ManifestRow | null>;
  readonly datasetTables: DataLoader<TablesKey, LocatedTable[]>;
};

/** A statement has 65,535 parameters at most. */
const MAX_KEYS = 5_000;

export function createDatasetLoaders(database: Database): DatasetLoaders {
  // What may change is not kept: the context of a subscription lives as long as it.
  const live = { cache: false, maxBatchSize: MAX_KEYS };
  return {
    dataset: new DataLoader<DatasetKey, DatasetRow>(async (keys) => {
      const found = toMap(await findDatasets(database, keys), nameOf);
      return keys.map((key) => found.get(nameOf(key)) ?? new DatasetNotFoundError(nameOf(key)));
    }, live),
    manifest: new DataLoader<string, ManifestRow>(async (hashes) => {
      const found = toMap(await findManifests(database, hashes), ({ hash }) => hash);
      return hashes.map((hash) => found.get(hash) ?? new ManifestNotFoundError(hash));
    }, live),
    linkedManifest: new DataLoader<TablesKey, ManifestRow | null>(async (keys) => {
      const linked = await findLinkedManifests(database, keys);
      const manifests = toMap(
        await findManifests(database, [...new Set(linked.map((key) => key.manifestHash))]),
        (row) => row.hash,
      );
      const isLinked = new Set(linked.map(tablesNameOf));
      return keys.map((key) => (isLinked.has(tablesNameOf(key)) ? (manifests.get(key.manifestHash) ?? null) : null));
    }, live),
    datasetTables: new DataLoader<TablesKey, LocatedTable[]>(async (keys) => {
      const tables = Map.groupBy(await listTablesOf(database, keys), tablesNameOf);
      return keys.map((key) => tables.get(tablesNameOf(key)) ?? []);
    }, live),
  };
}

function toMap<Row>(rows: readonly Row[], nameOfRow: (row: Row) => string): Map<string, Row> {
  return new Map(rows.map((row) => [nameOfRow(row), row]));
}

function nameOf({ namespace, name }: DatasetKey): string {
  return `${namespace}/${name}`;
}

function tablesNameOf(key: TablesKey): string {
  return `${nameOf(key)}@${key.manifestHash}`;
}
