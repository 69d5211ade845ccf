import { z } from "zod";
import { DatasetNotFoundError } from "../../domain/errors.ts";
import { document, type Listed } from "../document.ts";
import { spellBigints } from "../json.ts";
import { type Route, route } from "../route.ts";
import { manifestHash, time, toTime } from "../wire.ts";
import {
  EXAMPLE_MANIFEST,
  MANIFEST_INFO,
  type ManifestData,
  manifestInfo,
  toManifestInfo,
  toName,
} from "./dataset-info.ts";
import { datasetPath } from "./parameters.ts";

const datasetName = z.strictObject({ namespace: z.string(), name: z.string() });

const registration = z
  .strictObject({
    namespace: z.string(),
    name: z.string(),
    version: z.string().nullish().meta({ description: "A semantic version; absent: the manifest moves `dev` alone." }),
    /** Of any form: what is wrong with a manifest has a code of its own. */
    manifest: z
      .unknown()
      .refine((value) => value !== undefined && value !== null, "must be a manifest, or its hash")
      .meta({ description: "The manifest, or the hash of one that is registered." }),
  })
  .meta({ id: "DatasetRegistration", description: "A field that is null is one that is absent." });

const EXAMPLE_REGISTRATION = {
  namespace: "_",
  name: "eth",
  version: "1.0.0",
  manifest: {
    kind: "evm-rpc",
    network: "mainnet",
    start_block: 0,
    finalized_blocks_only: false,
    tables: { blocks: {}, transactions: {}, logs: {} },
  },
};

const registerDataset = route({
  method: "POST",
  path: "/datasets",
  tag: "datasets",
  name: "registerDataset",
  summary: "Registers a manifest under a dataset's name. `dev` moves to it; `latest` is the highest version.",
  body: { code: "INVALID_PAYLOAD_FORMAT", schema: registration, isOptional: false, example: EXAMPLE_REGISTRATION },
  document: document<{ registerDataset: { manifest: ManifestData; version: string | null } }>(`
    mutation RegisterDataset($namespace: String!, $name: String!, $version: String, $manifest: JSON!) {
      registerDataset(input: { namespace: $namespace, name: $name, version: $version, manifest: $manifest }) {
        ... on RegisterDatasetPayload { manifest { ...ManifestInfo } version }
        ... on Error { refusal: code message }
      }
    }
    ${MANIFEST_INFO}
  `),
  answers: {
    201: {
      description: "It is registered; the same manifest has the same hash.",
      schema: datasetName
        .extend({ version: z.string().optional(), ...manifestInfo.shape })
        .meta({ id: "RegisteredDataset" }),
      example: { namespace: "_", name: "eth", version: "1.0.0", ...EXAMPLE_MANIFEST },
    },
  },
  refusals: {
    INVALID_ARGUMENT: "INVALID_PAYLOAD_FORMAT",
    INVALID_MANIFEST: "INVALID_MANIFEST",
    MANIFEST_NOT_FOUND: "MANIFEST_NOT_FOUND",
  },
  variables: ({ body }) => ({ ...body, manifest: spellBigints(body.manifest) }),
  success: ({ registerDataset: { manifest, version } }, { body: { namespace, name } }) => ({
    status: 201,
    body: { namespace, name, ...(version === null ? {} : { version }), ...toManifestInfo(manifest) },
  }),
});

type DatasetData = { readonly namespace: string; readonly name: string; readonly versions: { version: string }[] };

const listDatasets = route({
  method: "GET",
  path: "/datasets",
  tag: "datasets",
  name: "listDatasets",
  summary: "Every dataset, by namespace and name.",
  document: document<Listed<"datasets", DatasetData>>(`
    query Datasets($after: String) {
      datasets(first: 1000, after: $after) {
        nodes { namespace name versions { version } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `),
  list: "datasets",
  answers: {
    200: {
      description: "The datasets; versions from the highest down.",
      schema: z
        .strictObject({
          datasets: z.array(
            datasetName.extend({ latest_version: z.string().nullable(), versions: z.array(z.string()) }),
          ),
        })
        .meta({ id: "Datasets" }),
      example: { datasets: [{ namespace: "_", name: "eth", latest_version: "1.0.0", versions: ["1.0.0"] }] },
    },
  },
  refusals: {},
  variables: () => ({}),
  success: ({ datasets: { nodes } }) => ({ status: 200, body: { datasets: nodes.map(toSummary) } }),
});

type VersionsData = {
  readonly dev: { readonly hash: string };
  readonly versions: { readonly version: string; readonly createdAt: string; readonly manifest: { hash: string } }[];
};

const listVersions = route({
  method: "GET",
  path: "/datasets/:namespace/:name/versions",
  tag: "datasets",
  name: "listVersions",
  summary: "The versions of a dataset, from the highest down, and where its tags stand.",
  params: datasetPath,
  document: document<{ dataset: VersionsData | null }>(`
    query Versions($reference: String!) {
      dataset(reference: $reference) {
        dev { hash }
        versions { version createdAt manifest { hash } }
      }
    }
  `),
  answers: {
    200: {
      description: "The versions.",
      schema: datasetName
        .extend({
          versions: z.array(
            z.strictObject({ version: z.string(), manifest_hash: manifestHash, created_at: time, updated_at: time }),
          ),
          special_tags: z.strictObject({ latest: z.string().nullable(), dev: manifestHash }),
        })
        .meta({ id: "Versions" }),
      example: {
        namespace: "_",
        name: "eth",
        versions: [
          {
            version: "1.0.0",
            manifest_hash: EXAMPLE_MANIFEST.manifest_hash,
            created_at: "2026-11-24T10:00:00.000000+00:00",
            updated_at: "2026-11-24T10:00:00.000000+00:00",
          },
        ],
        special_tags: { latest: "1.0.0", dev: EXAMPLE_MANIFEST.manifest_hash },
      },
    },
  },
  refusals: { DATASET_NOT_FOUND: "DATASET_NOT_FOUND" },
  variables: ({ params }) => ({ reference: toName(params) }),
  success: ({ dataset }, { params: { namespace, name } }) => {
    if (dataset === null) throw new DatasetNotFoundError(toName({ namespace, name }));
    return {
      status: 200,
      body: {
        namespace,
        name,
        versions: dataset.versions.map(({ version, createdAt, manifest }) => ({
          version,
          manifest_hash: manifest.hash,
          created_at: toTime(createdAt),
          updated_at: toTime(createdAt),
        })),
        special_tags: { latest: dataset.versions[0]?.version ?? null, dev: dataset.dev.hash },
      },
    };
  },
});

export const DATASET_ROUTES: readonly Route[] = [registerDataset, listDatasets, listVersions];

function toSummary({ namespace, name, versions }: DatasetData) {
  const names = versions.map(({ version }) => version);
  return { namespace, name, latest_version: names[0] ?? null, versions: names };
}
