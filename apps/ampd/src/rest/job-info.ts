import { z } from "zod";
import type { JobStatus } from "../domain/job.ts";
import { int64, jobStatus, manifestHash, time, toTime } from "./wire.ts";

export const descriptor = z.strictObject({
  kind: z.literal("materialize-raw"),
  end_block: z.string().nullable(),
  max_writers: z.int(),
  dataset_namespace: z.string(),
  dataset_name: z.string(),
  manifest_hash: manifestHash,
  verify: z.boolean(),
});

export const jobInfo = z.strictObject({
  id: int64,
  created_at: time,
  updated_at: time,
  node_id: z.string(),
  status: jobStatus,
  descriptor,
});

/** `JOB_INFO` as data. */
export type JobData = {
  readonly number: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly nodeId: string | null;
  readonly status: JobStatus;
  readonly descriptor: {
    readonly endBlock: string | null;
    readonly parallelism: number;
    readonly datasetNamespace: string;
    readonly datasetName: string;
    readonly manifestHash: string;
    readonly verify: boolean;
  };
};

export const JOB_INFO = `
  fragment JobInfo on Job {
    number createdAt updatedAt nodeId status
    descriptor { endBlock parallelism datasetNamespace datasetName manifestHash verify }
  }
`;

export function toJobInfo(job: JobData): z.infer<typeof jobInfo> {
  return {
    id: BigInt(job.number),
    created_at: toTime(job.createdAt),
    updated_at: toTime(job.updatedAt),
    node_id: job.nodeId ?? "",
    status: job.status,
    descriptor: {
      kind: "materialize-raw",
      end_block: job.descriptor.endBlock,
      max_writers: job.descriptor.parallelism,
      dataset_namespace: job.descriptor.datasetNamespace,
      dataset_name: job.descriptor.datasetName,
      manifest_hash: job.descriptor.manifestHash,
      verify: job.descriptor.verify,
    },
  };
}
