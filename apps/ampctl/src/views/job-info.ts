import type { JobInfoListQuery } from "../generated/api.ts";
import { encodeJson } from "../output/json.ts";

type Job = JobInfoListQuery["jobs"]["nodes"][number];

/** Jobs as the body of REST's `GET /jobs`. */
export function toJobInfo(jobs: readonly Job[]): string {
  const last = jobs.at(-1);
  return encodeJson({
    jobs: jobs.map(({ descriptor, ...job }) => ({
      id: BigInt(job.number),
      created_at: toRestTime(job.createdAt),
      updated_at: toRestTime(job.updatedAt),
      node_id: job.nodeId ?? "",
      status: job.status,
      descriptor: {
        kind: descriptor.kind,
        end_block: descriptor.endBlock,
        max_writers: descriptor.parallelism,
        dataset_namespace: descriptor.datasetNamespace,
        dataset_name: descriptor.datasetName,
        manifest_hash: descriptor.manifestHash,
        verify: descriptor.verify,
      },
    })),
    ...(last === undefined ? {} : { next_cursor: BigInt(last.number) }),
  });
}

/** REST says microseconds and `+00:00` where GraphQL says milliseconds and `Z`. */
function toRestTime(time: string): string {
  return time.replace(/Z$/, "000+00:00");
}
