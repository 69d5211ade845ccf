import { parseRevision, requireDatasetName, requireVersion } from "../../domain/dataset-reference.ts";
import {
  DatasetNotFoundError,
  InvalidArgumentError,
  InvalidManifestError,
  ManifestNotFoundError,
} from "../../domain/errors.ts";
import type { Database } from "../../store/database.ts";
import {
  type DatasetKey,
  type DatasetRow,
  findDataset,
  getDataset,
  listDatasets,
  type ManifestRow,
  registerDataset,
  resolveDataset,
  type VersionRow,
} from "../../store/dataset.ts";
import { listTables } from "../../store/table.ts";
import { builder } from "../builder.ts";
import { STATEMENT_COST, withCost } from "../limits/field-cost.ts";
import { TableType } from "./table.ts";

const ManifestType = builder.objectRef<ManifestRow>("Manifest").implement({
  description:
    "What to extract from which network. Equal manifests have equal hashes, whatever the order of their keys.",
  fields: (t) => ({
    hash: t.exposeString("hash", {
      description: "SHA-256 of the manifest's canonical JSON (RFC 8785), 64 hex digits.",
    }),
    kind: t.exposeString("kind", { description: "Always `evm-rpc`." }),
    network: t.exposeString("network"),
    startBlock: t.expose("startBlock", { type: "BigInt", description: "The first block to extract." }),
    finalizedBlocksOnly: t.exposeBoolean("finalizedBlocksOnly", {
      description: "Follow the chain's `finalized` tag instead of its head.",
    }),
    tables: t.stringList({
      description: "The tables to extract: blocks, transactions, logs or some of them.",
      resolve: ({ tables }) => [...tables],
    }),
    content: t.expose("content", { type: "JSON", description: "As registered." }),
  }),
});

const DatasetVersionType = builder.objectRef<VersionRow>("DatasetVersion").implement({
  description: "A semantic version of a dataset, and the manifest that it means.",
  fields: (t) => ({
    version: t.exposeString("version", { description: "Semantic version." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    manifest: t.field({
      type: ManifestType,
      extensions: withCost({ own: STATEMENT_COST }),
      resolve: (row, _, { loaders }) => loaders.manifest.load(row.manifestHash),
    }),
  }),
});

export const DatasetType = builder.objectRef<DatasetRow>("Dataset");

builder.node(DatasetType, {
  description: "A name under which manifests are registered.",
  id: { resolve: ({ namespace, name }) => `${namespace}/${name}` },
  loadOne: (id, { database }) => {
    const [namespace = "", name = ""] = id.split("/");
    return findDataset(database, { namespace, name });
  },
  fields: (t) => ({
    namespace: t.exposeString("namespace"),
    name: t.exposeString("name"),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    versions: t.field({
      type: [DatasetVersionType],
      description: "Highest version first; the first one is `latest`.",
      resolve: ({ versions }) => versions,
    }),
    dev: t.field({
      type: ManifestType,
      description: "The manifest that was registered last.",
      extensions: withCost({ own: STATEMENT_COST }),
      resolve: ({ devHash }, _, { loaders }) => loaders.manifest.load(devHash),
    }),
    manifest: t.field({
      type: ManifestType,
      nullable: true,
      description: "What a revision means now; null when the dataset has none such.",
      extensions: withCost({ own: STATEMENT_COST }),
      args: {
        revision: t.arg.string({ required: true, description: "A version, a manifest hash, `latest` or `dev`." }),
      },
      resolve: (dataset, { revision }, { database }) => findRevision(database, dataset, revision),
    }),
    tables: t.field({
      type: [TableType],
      description: "The tables of one manifest that something was written to.",
      extensions: withCost({ own: STATEMENT_COST }),
      args: { manifestHash: t.arg.string({ required: true }) },
      resolve: ({ namespace, name }, { manifestHash }, { database }) =>
        listTables(database, { namespace, name, manifestHash }),
    }),
  }),
});

builder.queryFields((t) => ({
  datasets: t.field({
    type: [DatasetType],
    description: "Every dataset, by namespace and name.",
    resolve: (_, __, { database }) => listDatasets(database),
  }),
  dataset: t.field({
    type: DatasetType,
    nullable: true,
    description: "One dataset by its name; null when there is none.",
    args: { namespace: t.arg.string({ required: true }), name: t.arg.string({ required: true }) },
    resolve: (_, key, { database }) => findDataset(database, key),
  }),
}));

type Registered = { readonly dataset: DatasetRow; readonly manifest: ManifestRow; readonly version: string | null };

const RegisterDatasetPayload = builder.objectRef<Registered>("RegisterDatasetPayload").implement({
  description: "What `registerDataset` did.",
  fields: (t) => ({
    dataset: t.expose("dataset", { type: DatasetType }),
    manifest: t.expose("manifest", { type: ManifestType }),
    version: t.exposeString("version", { nullable: true, description: "As given; null when `dev` alone moved." }),
  }),
});

const RegisterDatasetInput = builder.inputType("RegisterDatasetInput", {
  description: "What `registerDataset` is given.",
  fields: (t) => ({
    namespace: t.string({ required: true, description: "Lower-case letters, digits and `_`; `_` is the usual one." }),
    name: t.string({ required: true, description: "Lower-case letters, digits and `_`." }),
    version: t.string({ description: "A semantic version for this manifest; absent: `dev` alone moves to it." }),
    manifest: t.field({
      type: "JSON",
      required: true,
      description:
        'Such as `{"kind":"evm-rpc","network":"mainnet","start_block":0,"tables":{}}`, or the hash of one that is registered. An empty `tables` means all.',
    }),
  }),
});

builder.mutationField("registerDataset", (t) =>
  t.field({
    type: RegisterDatasetPayload,
    description: "Registers a manifest under a dataset's name. Idempotent.",
    args: { input: t.arg({ type: RegisterDatasetInput, required: true }) },
    errors: {
      types: [InvalidArgumentError, InvalidManifestError, ManifestNotFoundError],
      directResult: true,
      union: { name: "RegisterDatasetResult", description: "What `registerDataset` answers." },
    },
    resolve: async (_, { input }, { database }) => {
      const namespace = requireDatasetName(input.namespace, "namespace");
      const name = requireDatasetName(input.name, "name");
      const version = typeof input.version === "string" ? requireVersion(input.version) : undefined;
      const manifest = typeof input.manifest === "string" ? { hash: input.manifest } : { content: input.manifest };
      const row = await registerDataset(database, { namespace, name, version, manifest });
      const dataset = await getDataset(database, { namespace, name });
      return { dataset, manifest: row, version: version ?? null };
    },
  }),
);

/** @throws InvalidArgumentError for what is no revision */
export async function findRevision(
  database: Database,
  { namespace, name }: DatasetKey,
  revision: string,
): Promise<ManifestRow | null> {
  try {
    return await resolveDataset(database, { namespace, name, revision: parseRevision(revision) });
  } catch (error) {
    if (error instanceof DatasetNotFoundError) return null;
    throw error;
  }
}
