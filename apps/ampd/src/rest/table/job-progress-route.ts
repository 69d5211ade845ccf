import { z } from "zod";
import { JobNotFoundError } from "../../domain/errors.ts";
import type { JobStatus } from "../../domain/job.ts";
import { document } from "../document.ts";
import { route } from "../route.ts";
import { stream } from "../stream.ts";
import { int64, jobStatus } from "../wire.ts";
import { type FailureData, failureDetail, sourceOf, toFailureDetail } from "./failure-detail.ts";
import type { JobData } from "./job-info.ts";
import { jobId } from "./parameters.ts";

type TableData = {
  readonly table: string;
  readonly currentBlock: string | null;
  readonly startBlock: string | null;
  readonly filesCount: string;
  readonly totalSizeBytes: string;
};

type ProgressData = {
  readonly jobNumber: string;
  readonly jobStatus: JobStatus;
  readonly tables: readonly TableData[];
  readonly job: { readonly lastError: FailureData | null; readonly descriptor: JobData["descriptor"] };
};

const PROGRESS = `
  fragment Published on Progress {
    jobNumber
    jobStatus
    tables { table currentBlock startBlock filesCount totalSizeBytes }
    job { lastError { code message attempt fields causes } descriptor { datasetNamespace datasetName manifestHash } }
  }
`;

const tableProgress = z.strictObject({
  current_block: int64.nullable(),
  start_block: int64.nullable(),
  files_count: int64,
  total_size_bytes: int64,
});

const progress = z
  .strictObject({
    job_id: int64,
    job_status: jobStatus,
    tables: z.record(z.string(), tableProgress),
    detail: failureDetail.optional(),
  })
  .meta({
    id: "JobProgress",
    description: "`tables` is empty before anything is written; `detail` is there when the job FAILED.",
  });

const EXAMPLE_PROGRESS = {
  job_id: 42,
  job_status: "RUNNING",
  tables: { blocks: { current_block: 100, start_block: 0, files_count: 3, total_size_bytes: 12_345 } },
};

export const getProgress = route({
  method: "GET",
  path: "/jobs/:id/progress",
  tag: "jobs",
  name: "getJobProgress",
  summary: "How far a job is, table by table.",
  params: { id: jobId },
  document: document<{ job: { progress: ProgressData } | null }>(`
    query Progress($number: BigInt!) { job(number: $number) { progress { ...Published } } }
    ${PROGRESS}
  `),
  stream: stream<{ jobProgress: ProgressData }>({
    description:
      "The progress now, then whenever it moves, four times a second at most; `complete` when the job has ended.",
    document: document(`
      subscription Progress($number: BigInt!) { jobProgress(number: $number) { ...Published } }
      ${PROGRESS}
    `),
    example: `data: ${JSON.stringify(EXAMPLE_PROGRESS)}\n\nid: end\nevent: complete\ndata:\n\n`,
    message: ({ jobProgress }) => ({ body: toProgress(jobProgress) }),
  }),
  answers: { 200: { description: "The progress.", schema: progress, example: EXAMPLE_PROGRESS } },
  refusals: { JOB_NOT_FOUND: "JOB_NOT_FOUND" },
  variables: ({ params }) => ({ number: String(params.id) }),
  success: ({ job }, { params }) => {
    if (job === null) throw new JobNotFoundError(params.id);
    return { status: 200, body: toProgress(job.progress) };
  },
});

function toProgress({ jobNumber, jobStatus: status, tables, job }: ProgressData): z.infer<typeof progress> {
  const { lastError, descriptor } = job;
  const hasFailed = status === "FAILED" && lastError !== null;
  return {
    job_id: BigInt(jobNumber),
    job_status: status,
    tables: Object.fromEntries(tables.map((table) => [table.table, toTableProgress(table)])),
    ...(hasFailed ? { detail: toFailureDetail(lastError, sourceOf(descriptor)) } : {}),
  };
}

function toTableProgress(table: TableData): z.infer<typeof tableProgress> {
  return {
    current_block: table.currentBlock === null ? null : BigInt(table.currentBlock),
    start_block: table.startBlock === null ? null : BigInt(table.startBlock),
    files_count: BigInt(table.filesCount),
    total_size_bytes: BigInt(table.totalSizeBytes),
  };
}
