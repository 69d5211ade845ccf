import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { compareBuild } from "semver";
import type { DatasetReference, Revision } from "../domain/dataset-reference.ts";
import { formatDatasetReference } from "../domain/dataset-reference.ts";
import { DatasetNotFoundError, ManifestNotFoundError } from "../domain/errors.ts";
import { type DatasetManifest, parseManifest } from "../domain/manifest.ts";
import type { Database } from "./database.ts";
import type { Prisma } from "./generated/client.ts";

/** A manifest as registered, and what was read from it. */
export type ManifestRow = DatasetManifest & { readonly hash: string; readonly content: Prisma.JsonValue };

export type DatasetRow = {
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: Date;
  /** Hash of the manifest registered last. */
  readonly devHash: string;
  /** Highest version first. */
  readonly versions: readonly VersionRow[];
};

export type VersionRow = { readonly version: string; readonly manifestHash: string; readonly createdAt: Date };

export type DatasetRegistration = {
  readonly namespace: string;
  readonly name: string;
  readonly version?: string | undefined;
  /** The manifest itself, or the hash of one that is registered already. */
  readonly manifest: { readonly content: unknown } | { readonly hash: string };
};

/**
 * Registers a manifest under a dataset's name, and a version where one is given; `dev` moves to it. Idempotent.
 * @throws InvalidManifestError
 * @throws ManifestNotFoundError when a hash is given that nobody registered
 */
export async function registerDataset(database: Database, registration: DatasetRegistration): Promise<ManifestRow> {
  const { namespace, name, version } = registration;
  const manifest = await resolveManifest(database, registration.manifest);
  const { hash, network, startBlock, finalizedBlocksOnly } = manifest;
  const { prisma } = database;
  // Prisma's own upsert reads first and then inserts: of two at once, one would fail.
  await prisma.$transaction([
    prisma.$executeRaw`
      insert into manifest (hash, kind, network, start_block, finalized_blocks_only, tables, content)
      values (${hash}, ${manifest.kind}, ${network}, ${startBlock}, ${finalizedBlocksOnly}, ${manifest.tables}::text[],
        ${JSON.stringify(manifest.content)}::jsonb)
      on conflict (hash) do nothing`,
    prisma.$executeRaw`
      insert into dataset (namespace, name, dev_hash) values (${namespace}, ${name}, ${hash})
      on conflict (namespace, name) do update set dev_hash = excluded.dev_hash`,
    prisma.$executeRaw`
      insert into dataset_manifest (namespace, name, manifest_hash) values (${namespace}, ${name}, ${hash})
      on conflict (namespace, name, manifest_hash) do nothing`,
    ...(version === undefined
      ? []
      : [
          prisma.$executeRaw`
            insert into dataset_version (namespace, name, version, manifest_hash)
            values (${namespace}, ${name}, ${version}, ${hash})
            on conflict (namespace, name, version) do update set manifest_hash = excluded.manifest_hash`,
        ]),
  ]);
  return manifest;
}

export type DatasetKey = { readonly namespace: string; readonly name: string };

export async function findDataset(database: Database, { namespace, name }: DatasetKey): Promise<DatasetRow | null> {
  const where = { namespace_name: { namespace, name } };
  const row = await database.prisma.dataset.findUnique({ where, include: { versions: true } });
  return row === null ? null : withOrderedVersions(row);
}

/** @throws DatasetNotFoundError */
export async function getDataset(database: Database, key: DatasetKey): Promise<DatasetRow> {
  const dataset = await findDataset(database, key);
  if (dataset === null) throw new DatasetNotFoundError(`${key.namespace}/${key.name}`);
  return dataset;
}

/**
 * The manifest that a reference means now.
 * @throws DatasetNotFoundError
 */
export async function resolveDataset(database: Database, reference: DatasetReference): Promise<ManifestRow> {
  const dataset = await getDataset(database, reference);
  const manifestHash = hashOfRevision(dataset, reference.revision);
  if (manifestHash === undefined) throw new DatasetNotFoundError(formatDatasetReference(reference));
  const { namespace, name } = reference;
  const linked = await database.prisma.datasetManifest.findUnique({
    where: { namespace_name_manifestHash: { namespace, name, manifestHash } },
  });
  if (linked === null) throw new DatasetNotFoundError(formatDatasetReference(reference));
  return getManifest(database, manifestHash);
}

/** @throws ManifestNotFoundError */
export async function getManifest(database: Database, hash: string): Promise<ManifestRow> {
  const row = await database.prisma.manifest.findUnique({ where: { hash } });
  if (row === null) throw new ManifestNotFoundError(hash);
  return { ...parseManifest(row.content), hash, content: row.content };
}

async function resolveManifest(database: Database, manifest: DatasetRegistration["manifest"]): Promise<ManifestRow> {
  if ("hash" in manifest) return getManifest(database, manifest.hash);
  const parsed = parseManifest(manifest.content);
  // RFC 8785, so that the order of keys does not matter. The content was parsed from JSON, so it is JSON.
  const canonical = canonicalize(manifest.content) ?? "";
  const hash = createHash("sha256").update(canonical).digest("hex");
  return { ...parsed, hash, content: JSON.parse(canonical) as Prisma.JsonValue };
}

/** The manifest that a revision means now, registered or not; undefined when the dataset has no such version. */
export function hashOfRevision(dataset: DatasetRow, revision: Revision): string | undefined {
  switch (revision.kind) {
    case "hash":
      return revision.hash;
    case "dev":
      return dataset.devHash;
    case "latest":
      return dataset.versions[0]?.manifestHash;
    case "version":
      return dataset.versions.find(({ version }) => version === revision.version)?.manifestHash;
  }
}

/** A row as it is read, with its highest version first. */
export function withOrderedVersions(row: DatasetRow): DatasetRow {
  return { ...row, versions: row.versions.toSorted((a, b) => compareBuild(b.version, a.version)) };
}
