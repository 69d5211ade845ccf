import { DatasetVersionsDocument, type DatasetVersionsQuery } from "../generated/api.ts";
import { type DatasetReference, nameOf, referenceOf } from "../options/dataset.ts";
import { query } from "./graphql.ts";
import { requireFound } from "./not-found.ts";
import type { Connection } from "./request.ts";

export type DatasetVersions = NonNullable<DatasetVersionsQuery["dataset"]>;

/** Where a dataset's versions and tags stand. @throws NotFoundError */
export async function readVersions(connection: Connection, dataset: DatasetReference): Promise<DatasetVersions> {
  const name = nameOf(dataset);
  const found = await query(connection, DatasetVersionsDocument, { reference: name });
  return requireFound(found.dataset, "dataset", name);
}

/** The revision that was named; otherwise `latest`, or `dev` where there is no version yet. */
export async function chooseRevision(connection: Connection, dataset: DatasetReference): Promise<string> {
  if (dataset.revision !== undefined) return dataset.revision;
  const { versions } = await readVersions(connection, dataset);
  return versions.length === 0 ? "dev" : "latest";
}

/** The manifest that a reference means. @throws NotFoundError */
export async function readManifestHash(connection: Connection, dataset: DatasetReference): Promise<string> {
  const { dev, versions } = await readVersions(connection, dataset);
  const { revision } = dataset;
  if (revision === "dev" || (revision === undefined && versions.length === 0)) return dev.hash;
  if (revision !== undefined && /^[0-9a-f]{64}$/.test(revision)) return revision;
  const isLatest = revision === undefined || revision === "latest";
  const found = isLatest ? versions[0] : versions.find(({ version }) => version === revision);
  return requireFound(found?.manifest.hash ?? null, "dataset", referenceOf(dataset));
}
