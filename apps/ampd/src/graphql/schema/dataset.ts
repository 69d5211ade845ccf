import { parseDatasetName, parseRevision, requireDatasetName, requireVersion } from "../../domain/dataset-reference.ts";
import { InvalidArgumentError, InvalidManifestError, ManifestNotFoundError } from "../../domain/errors.ts";
import {
  type DatasetKey,
  type DatasetRow,
  findDataset,
  getDataset,
  hashOfRevision,
  type ManifestRow,
  registerDataset,
  type VersionRow,
} from "../../store/dataset.ts";
import { countDatasets, findDatasets, pageDatasets } from "../../store/dataset-read.ts";
import { builder } from "../builder.ts";
import type { Loaders } from "../context.ts";
import { listCursors } from "../cursor.ts";
import { STATEMENT_COST, withCost } from "../limits/field-cost.ts";
import { loadInOrder } from "../load-nodes.ts";
import { nodesOf, parsePage, toConnection } from "../page.ts";
import { describePage, PAGES } from "../page-sizes.ts";
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

const CURSORS = listCursors<readonly [string, string]>({
  list: "datasets by name",
  toValues: (key) => key,
  toKey: ([namespace, name, ...others]) =>
    namespace === undefined || name === undefined || others.length > 0 ? undefined : [namespace, name],
});
const keyOf = ({ namespace, name }: DatasetRow) => [namespace, name] as const;
const idOf = ({ namespace, name }: DatasetRow) => `${namespace}/${name}`;

export const DatasetType = builder.objectRef<DatasetRow>("Dataset");

builder.node(DatasetType, {
  description: "A name under which manifests are registered.",
  id: { resolve: idOf },
  loadMany: (ids, { database }) =>
    loadInOrder(ids, { parse: parseKey, read: (keys) => findDatasets(database, keys), idOf }),
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
      resolve: (dataset, { revision }, { loaders }) => findRevision(loaders, dataset, revision),
    }),
    tables: t.field({
      type: [TableType],
      description: "The tables of one manifest that something was written to.",
      extensions: withCost({ own: STATEMENT_COST }),
      args: { manifestHash: t.arg.string({ required: true }) },
      resolve: ({ namespace, name }, { manifestHash }, { loaders }) =>
        loaders.datasetTables.load({ namespace, name, manifestHash }),
    }),
  }),
});

builder.queryFields((t) => ({
  datasets: t.connection(
    {
      type: DatasetType,
      description: `Datasets by namespace and name; ${describePage(PAGES.names)}`,
      resolve: async (_, args, { database }) => {
        const page = parsePage(args, PAGES.names, CURSORS);
        const rows = await pageDatasets(database, { ...page, limit: page.limit + 1 });
        return { ...toConnection(rows, page, { cursors: CURSORS, keyOf }), countAll: () => countDatasets(database) };
      },
    },
    {
      name: "DatasetConnection",
      description: "A page of datasets.",
      fields: (connection) => ({
        totalCount: connection.int({
          description: "Datasets on all pages.",
          extensions: withCost({ own: STATEMENT_COST }),
          resolve: ({ countAll }) => countAll(),
        }),
        nodes: connection.field({ type: [DatasetType], resolve: ({ edges }) => nodesOf(edges) }),
      }),
    },
    { name: "DatasetEdge", description: "A dataset and its cursor." },
  ),
  dataset: t.field({
    type: DatasetType,
    nullable: true,
    description: "One dataset by its name; null when there is none.",
    args: { reference: t.arg.string({ required: true, description: "`namespace/name`." }) },
    resolve: (_, { reference }, { database }) => findDataset(database, parseDatasetName(reference)),
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

/**
 * The manifest that a revision means now; null when the dataset has none such.
 * @throws InvalidArgumentError for what is no revision
 */
export async function findRevision(
  loaders: Loaders,
  dataset: DatasetRow,
  revision: string,
): Promise<ManifestRow | null> {
  const manifestHash = hashOfRevision(dataset, parseRevision(revision));
  if (manifestHash === undefined) return null;
  const { namespace, name } = dataset;
  return loaders.linkedManifest.load({ namespace, name, manifestHash });
}

function parseKey(id: string): DatasetKey | undefined {
  const [namespace = "", name = "", ...others] = id.split("/");
  return others.length > 0 ? undefined : { namespace, name };
}
