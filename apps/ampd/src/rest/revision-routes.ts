import { z } from "zod";
import {
  MANIFEST_INFO,
  type ManifestData,
  manifestInfo,
  requireRevision,
  toManifestInfo,
  toName,
  toReference,
} from "./dataset-info.ts";
import { JOB_INFO, type JobData, jobInfo, toJobInfo } from "./job-info.ts";
import { revisionPath } from "./parameters.ts";
import { document, type Route, route } from "./route.ts";
import { int64 } from "./wire.ts";

const DATASET_NOT_FOUND = { DATASET_NOT_FOUND: "DATASET_NOT_FOUND" } as const;

const getVersion = route({
  method: "GET",
  path: "/datasets/:namespace/:name/versions/:revision",
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
      schema: z.strictObject({
        namespace: z.string(),
        name: z.string(),
        revision: z.string(),
        ...manifestInfo.shape,
      }),
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
  summary: "The manifest of a revision, as it was registered.",
  params: revisionPath,
  document: document<{ dataset: { manifest: { content: unknown } | null } | null }>(`
    query Manifest($reference: String!, $revision: String!) {
      dataset(reference: $reference) { manifest(revision: $revision) { content } }
    }
  `),
  answers: { 200: { description: "The manifest.", schema: z.looseObject({ kind: z.string() }) } },
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
  summary: "The jobs that are pinned to a revision's manifest, newest first, 1000 at most; each is there once.",
  params: revisionPath,
  document: document<{ dataset: { jobs: JobData[] | null } | null }>(`
    query RevisionJobs($reference: String!, $revision: String!) {
      dataset(reference: $reference) { jobs(revision: $revision) { ...JobInfo } }
    }
    ${JOB_INFO}
  `),
  answers: { 200: { description: "The jobs.", schema: z.strictObject({ jobs: z.array(jobInfo) }) } },
  refusals: DATASET_NOT_FOUND,
  variables: ({ params }) => ({ reference: toName(params), revision: params.revision }),
  success: ({ dataset }, { params }) => ({
    status: 200,
    body: { jobs: requireRevision(dataset?.jobs, params).map(toJobInfo) },
  }),
});

const deployment = z.object({
  end_block: z.union([z.string(), z.int(), z.bigint(), z.null()], "must be null, a string or an integer").optional(),
  parallelism: z.int32().nullish(),
  worker_id: z.string().nullish(),
  verify: z.boolean().nullish(),
});

const deploy = route({
  method: "POST",
  path: "/datasets/:namespace/:name/versions/:revision/deploy",
  summary:
    "Schedules a job that extracts what the revision's tables lack; an equal job that is active is returned, and with an `Idempotency-Key` the one that the key has.",
  params: revisionPath,
  body: { code: "INVALID_BODY", schema: deployment, isOptional: true },
  document: document<{ deployDataset: { job: { number: string } } }>(`
    mutation Deploy($input: DeployDatasetInput!) {
      deployDataset(input: $input) {
        ... on DeployDatasetPayload { job { number } }
        ... on Error { refusal: code message }
      }
    }
  `),
  answers: { 202: { description: "The job.", schema: z.strictObject({ job_id: int64 }) } },
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
      endBlock: body.end_block === undefined || body.end_block === null ? null : String(body.end_block),
      parallelism: body.parallelism ?? 1,
      verify: body.verify ?? false,
      nodeSelector: body.worker_id ?? null,
      idempotencyKey: headers["idempotency-key"] ?? null,
    },
  }),
  success: ({ deployDataset: { job } }) => ({ status: 202, body: { job_id: BigInt(job.number) } }),
});

export const REVISION_ROUTES: readonly Route[] = [getVersion, getManifest, listJobs, deploy];
