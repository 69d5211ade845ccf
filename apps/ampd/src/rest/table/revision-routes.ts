import { z } from "zod";
import { document } from "../document.ts";
import { type Route, route } from "../route.ts";
import { int64 } from "../wire.ts";
import {
  EXAMPLE_MANIFEST,
  MANIFEST_INFO,
  type ManifestData,
  manifestInfo,
  requireRevision,
  toManifestInfo,
  toName,
  toReference,
} from "./dataset-info.ts";
import { idempotencyKey } from "./headers.ts";
import { EXAMPLE_JOB, JOB_INFO, type JobData, jobInfo, toJobInfo } from "./job-info.ts";
import { revisionPath } from "./parameters.ts";

const DATASET_NOT_FOUND = { DATASET_NOT_FOUND: "DATASET_NOT_FOUND" } as const;

const getVersion = route({
  method: "GET",
  path: "/datasets/:namespace/:name/versions/:revision",
  tag: "datasets",
  name: "getVersion",
  summary: "What a revision of a dataset extracts.",
  params: revisionPath,
  document: document<{ dataset: { manifest: ManifestData | null } | null }>(`
    query Revision($reference: String!, $revision: String!) {
      dataset(reference: $reference) { manifest(revision: $revision) { ...ManifestInfo } }
    }
    ${MANIFEST_INFO}
  `),
  answers: {
    200: {
      description: "The revision, as it was asked for, and its manifest.",
      schema: z
        .strictObject({
          namespace: z.string(),
          name: z.string(),
          revision: z.string(),
          ...manifestInfo.shape,
        })
        .meta({ id: "Revision" }),
      example: { namespace: "_", name: "eth", revision: "latest", ...EXAMPLE_MANIFEST },
    },
  },
  refusals: DATASET_NOT_FOUND,
  variables: ({ params }) => ({ reference: toName(params), revision: params.revision }),
  success: ({ dataset }, { params }) => ({
    status: 200,
    body: { ...params, ...toManifestInfo(requireRevision(dataset?.manifest, params)) },
  }),
});

const getManifest = route({
  method: "GET",
  path: "/datasets/:namespace/:name/versions/:revision/manifest",
  tag: "datasets",
  name: "getManifest",
  summary: "The manifest of a revision, as it was registered.",
  params: revisionPath,
  document: document<{ dataset: { manifest: { content: unknown } | null } | null }>(`
    query Manifest($reference: String!, $revision: String!) {
      dataset(reference: $reference) { manifest(revision: $revision) { content } }
    }
  `),
  answers: {
    200: {
      description: "The manifest.",
      schema: z.looseObject({ kind: z.string() }).meta({ id: "Manifest" }),
      example: { kind: "evm-rpc", network: "mainnet", start_block: 0, finalized_blocks_only: false, tables: {} },
    },
  },
  refusals: DATASET_NOT_FOUND,
  variables: ({ params }) => ({ reference: toName(params), revision: params.revision }),
  success: ({ dataset }, { params }) => ({
    status: 200,
    body: requireRevision(dataset?.manifest, params).content,
  }),
});

const listJobs = route({
  method: "GET",
  path: "/datasets/:namespace/:name/versions/:revision/jobs",
  tag: "datasets",
  name: "listRevisionJobs",
  summary: "The jobs that are pinned to a revision's manifest, newest first, 1000 at most; each is there once.",
  params: revisionPath,
  document: document<{ dataset: { jobs: JobData[] | null } | null }>(`
    query RevisionJobs($reference: String!, $revision: String!) {
      dataset(reference: $reference) { jobs(revision: $revision) { ...JobInfo } }
    }
    ${JOB_INFO}
  `),
  answers: {
    200: {
      description: "The jobs.",
      schema: z.strictObject({ jobs: z.array(jobInfo) }).meta({ id: "RevisionJobs" }),
      example: { jobs: [EXAMPLE_JOB] },
    },
  },
  refusals: DATASET_NOT_FOUND,
  variables: ({ params }) => ({ reference: toName(params), revision: params.revision }),
  success: ({ dataset }, { params }) => ({
    status: 200,
    body: { jobs: requireRevision(dataset?.jobs, params).map(toJobInfo) },
  }),
});

const deployment = z
  .strictObject({
    end_block: z
      .union([z.string(), int64], "must be null, a string or an integer")
      .nullish()
      .meta({ description: 'The last block, inclusive: `"latest"`, a number, or `"-50"`; absent: follow the chain.' }),
    parallelism: z
      .int32()
      .min(1)
      .nullish()
      .meta({ description: "How hard the worker may press the endpoint; from 1." }),
    worker_id: z.string().nullish().meta({ description: "The node that may run it, or a prefix such as `eu-*`." }),
    verify: z.boolean().nullish().meta({ description: "Kept with the job; not acted upon in this version." }),
  })
  .meta({ id: "Deployment", description: "A field that is null is one that is absent." });

const deploy = route({
  method: "POST",
  path: "/datasets/:namespace/:name/versions/:revision/deploy",
  tag: "datasets",
  name: "deployDataset",
  summary:
    "Schedules a job that extracts what the revision's tables lack; an equal job that is active is returned, and with an `Idempotency-Key` the one that the key has.",
  params: revisionPath,
  body: {
    code: "INVALID_BODY",
    schema: deployment,
    isOptional: true,
    example: { end_block: "latest", parallelism: 4 },
  },
  headers: { "idempotency-key": idempotencyKey },
  document: document<{ deployDataset: { job: { number: string } } }>(`
    mutation Deploy($input: DeployDatasetInput!) {
      deployDataset(input: $input) {
        ... on DeployDatasetPayload { job { number } }
        ... on Error { refusal: code message }
      }
    }
  `),
  answers: {
    202: {
      description: "The job.",
      schema: z.strictObject({ job_id: int64 }).meta({ id: "Deployed" }),
      example: { job_id: 42 },
    },
  },
  refusals: {
    ...DATASET_NOT_FOUND,
    INVALID_ARGUMENT: "INVALID_BODY",
    ACTIVE_JOB_CONFLICT: "ACTIVE_JOB_CONFLICT",
    // Its clients know one word for a job that is in the way.
    JOB_STOPPING: "ACTIVE_JOB_CONFLICT",
    JOB_CONFLICT: "JOB_CONFLICT",
    IDEMPOTENCY_CONFLICT: "IDEMPOTENCY_CONFLICT",
  },
  variables: ({ params, body, headers }) => ({
    input: {
      dataset: toReference(params),
      endBlock: body.end_block?.toString() ?? null,
      parallelism: body.parallelism ?? 1,
      verify: body.verify ?? false,
      nodeSelector: body.worker_id ?? null,
      idempotencyKey: headers["idempotency-key"],
    },
  }),
  success: ({ deployDataset: { job } }) => ({ status: 202, body: { job_id: BigInt(job.number) } }),
});

export const REVISION_ROUTES: readonly Route[] = [getVersion, getManifest, listJobs, deploy];
