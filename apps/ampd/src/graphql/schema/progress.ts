import type { JobStatus } from "../../domain/job.ts";
import { type JobProgress, jobProgress } from "../../domain/job-progress.ts";
import type { TableProgress } from "../../domain/table-progress.ts";
import type { JobSnapshot } from "../../feed/job-snapshot.ts";
import { builder } from "../builder.ts";
import { JobStatusEnum } from "./job-status.ts";

/** A job's progress beside the job that it is of. */
export type ProgressValue = JobProgress & { readonly jobNumber: bigint; readonly jobStatus: JobStatus };

export function toProgress({ job, tables, live }: JobSnapshot): ProgressValue {
  return {
    ...jobProgress({ tables, live, targetBlock: job.targetBlock }),
    jobNumber: job.number,
    jobStatus: job.status,
  };
}

const CHAIN_FIELDS = {
  startBlock: "First block of the canonical chain of files; null while nothing is published.",
  currentBlock:
    "Last block that is published without a gap before it; null while there is none. A reorg may take it back.",
  filesCount: "Files in the canonical chain.",
  totalSizeBytes: "Their size in bytes.",
  rowCount: "Their rows.",
};

const TableProgressType = builder.objectRef<TableProgress>("TableProgress").implement({
  description: "What is published of one table; of an ended job as it was at the end.",
  fields: (t) => ({
    table: t.exposeString("table", { description: "blocks, transactions or logs." }),
    startBlock: t.expose("startBlock", { type: "BigInt", nullable: true, description: CHAIN_FIELDS.startBlock }),
    currentBlock: t.expose("currentBlock", { type: "BigInt", nullable: true, description: CHAIN_FIELDS.currentBlock }),
    filesCount: t.expose("filesCount", { type: "BigInt", description: CHAIN_FIELDS.filesCount }),
    totalSizeBytes: t.expose("totalSizeBytes", { type: "BigInt", description: CHAIN_FIELDS.totalSizeBytes }),
    rowCount: t.expose("rowCount", { type: "BigInt", description: CHAIN_FIELDS.rowCount }),
  }),
});

export const ProgressType = builder.objectRef<ProgressValue>("Progress").implement({
  description: "How far a job is. Published figures are those of the canonical chain of files, over all its tables.",
  fields: (t) => ({
    jobNumber: t.expose("jobNumber", { type: "BigInt" }),
    jobStatus: t.expose("jobStatus", { type: JobStatusEnum }),
    startBlock: t.expose("startBlock", { type: "BigInt", nullable: true, description: CHAIN_FIELDS.startBlock }),
    currentBlock: t.expose("currentBlock", {
      type: "BigInt",
      nullable: true,
      description: `${CHAIN_FIELDS.currentBlock} Of the slowest table.`,
    }),
    fetchedBlock: t.expose("fetchedBlock", {
      type: "BigInt",
      nullable: true,
      description: "The last block that the worker fetched, published or not; null before the first one.",
    }),
    targetBlock: t.expose("targetBlock", {
      type: "BigInt",
      nullable: true,
      description: "The end block as a number, fixed when the job first starts; null for a job that follows the chain.",
    }),
    headBlock: t.expose("headBlock", {
      type: "BigInt",
      nullable: true,
      description:
        "The chain's last block (its last finalized one for `finalized_blocks_only`) as the worker saw it; null before it did.",
    }),
    lagBlocks: t.expose("lagBlocks", {
      type: "BigInt",
      nullable: true,
      description:
        "Blocks between the published ones and where the job is going: the target, or the head where that is lower; null while either is unknown.",
    }),
    filesCount: t.expose("filesCount", { type: "BigInt", description: CHAIN_FIELDS.filesCount }),
    totalSizeBytes: t.expose("totalSizeBytes", { type: "BigInt", description: CHAIN_FIELDS.totalSizeBytes }),
    rowCount: t.expose("rowCount", { type: "BigInt", description: CHAIN_FIELDS.rowCount }),
    tables: t.expose("tables", {
      type: [TableProgressType],
      description: "Per table; empty before anything is published.",
    }),
  }),
});
