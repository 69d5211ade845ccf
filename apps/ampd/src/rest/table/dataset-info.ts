import { z } from "zod";
import { DatasetNotFoundError } from "../../domain/errors.ts";
import { int64, manifestHash } from "../wire.ts";

/** What is said of a manifest under a dataset's name. */
export const manifestInfo = z.strictObject({
  manifest_hash: manifestHash,
  kind: z.string(),
  start_block: int64,
  finalized_blocks_only: z.boolean(),
  tables: z.array(z.string()),
});

export const EXAMPLE_MANIFEST = {
  manifest_hash: "9f2c5a1e0b7d4c3896e1f0a2b4c6d8e0f1a3b5c7d9e1f3a5b7c9d1e3f5a7b9c1",
  kind: "evm-rpc",
  start_block: 0,
  finalized_blocks_only: false,
  tables: ["blocks", "transactions", "logs"],
};

/** `MANIFEST_INFO` as data. */
export type ManifestData = {
  readonly hash: string;
  readonly kind: string;
  readonly startBlock: string;
  readonly finalizedBlocksOnly: boolean;
  readonly tables: readonly string[];
};

export const MANIFEST_INFO = "fragment ManifestInfo on Manifest { hash kind startBlock finalizedBlocksOnly tables }";

export type RevisionParams = { readonly namespace: string; readonly name: string; readonly revision: string };

export function toManifestInfo(manifest: ManifestData): z.infer<typeof manifestInfo> {
  return {
    manifest_hash: manifest.hash,
    kind: manifest.kind,
    start_block: BigInt(manifest.startBlock),
    finalized_blocks_only: manifest.finalizedBlocksOnly,
    tables: [...manifest.tables],
  };
}

/** `namespace/name`. */
export function toName({ namespace, name }: Pick<RevisionParams, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

/** `namespace/name@revision`. */
export function toReference({ namespace, name, revision }: RevisionParams): string {
  return `${namespace}/${name}@${revision}`;
}

/** @throws DatasetNotFoundError when there is no such dataset, or it has no such revision */
export function requireRevision<Data>(data: Data | null | undefined, params: RevisionParams): Data {
  if (data === null || data === undefined) throw new DatasetNotFoundError(toReference(params));
  return data;
}
