import { z } from "zod";
import type { JobStatus } from "../../domain/job.ts";
import { int64, jobStatus, manifestHash, time, toTime } from "../wire.ts";

export const descriptor = z
  .strictObject({
    kind: z.literal("materialize-raw"),
    end_block: z.string().nullable(),
    max_writers: z.int(),
    dataset_namespace: z.string(),
    dataset_name: z.string(),
    manifest_hash: manifestHash,
    verify: z.boolean(),
  })
  .meta({ id: "JobDescriptor" });

export const jobInfo = z
  .strictObject({
    id: int64,
    created_at: time,
    updated_at: time,
    node_id: z.string(),
    status: jobStatus,
    descriptor,
  })
  .meta({
    id: "JobInfo",
    description: "A job. `updated_at` is the last change of its status; `node_id` is its last owner.",
  });

export const EXAMPLE_JOB = {
  id: 42,
  created_at: "2026-11-24T10:00:00.000000+00:00",
  updated_at: "2026-11-24T10:00:01.250000+00:00",
  node_id: "worker-1",
  status: "RUNNING",
  descriptor: {
    kind: "materialize-raw",
    end_block: null,
    max_writers: 1,
    dataset_namespace: "_",
    dataset_name: "eth",
    manifest_hash: "9f2c5a1e0b7d4c3896e1f0a2b4c6d8e0f1a3b5c7d9e1f3a5b7c9d1e3f5a7b9c1",
    verify: false,
  },
};

/** `JOB_INFO` as data. */
export type JobData = {
  readonly number: string;
  readonly version: number;
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
    number version createdAt updatedAt nodeId status
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
