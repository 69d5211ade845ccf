import type { JobStatus } from "../../domain/job.ts";
import { type InFlight, type LiveProgress, liveProgress } from "../../domain/live-progress.ts";
import type { Phase } from "../../domain/phase.ts";
import type { JobSnapshot } from "../../feed/job-snapshot.ts";
import { builder } from "../builder.ts";
import { EtaType, EtaUnavailableEnum } from "./eta.ts";
import { JobStatusEnum } from "./job-status.ts";
import { CHAIN_FIELDS, TableProgressType } from "./table-progress.ts";

/** A job's progress beside the job that it is of, and the time at which it was read. */
type ProgressValue = LiveProgress & {
  readonly jobNumber: bigint;
  readonly jobStatus: JobStatus;
  readonly now: Date;
  readonly snapshot: JobSnapshot;
};

export function toProgress(snapshot: JobSnapshot): ProgressValue {
  const { job, now } = snapshot;
  return { ...liveProgress(snapshot), jobNumber: job.number, jobStatus: job.status, now, snapshot };
}

/** Equal for snapshots that show the same progress: the time alone, and with it an ETA, may differ. */
export function progressKey(snapshot: JobSnapshot): string {
  const { now, eta, snapshot: _, ...shown } = toProgress(snapshot);
  return JSON.stringify([shown, eta.gap], (_, value) => (typeof value === "bigint" ? String(value) : value));
}

const PhaseEnum = builder.enumType("Phase", {
  description: "What a job is about.",
  values: {
    CATCHING_UP: { description: "It fetches blocks that are there already." },
    FOLLOWING: { description: "It has fetched all but the last 32 blocks below the head, and waits for new ones." },
    IDLE: { description: "No worker has it." },
  } satisfies Record<Phase, { description: string }>,
});

const InFlightType = builder.objectRef<InFlight>("InFlight").implement({
  description: "What the worker has fetched and not published yet: a segment that is still open, or being written.",
  fields: (t) => ({
    blocks: t.expose("blocks", { type: "BigInt", description: "Blocks." }),
    rows: t.expose("rows", { type: "BigInt", description: "Their rows, of all tables together." }),
    bytes: t.expose("bytes", {
      type: "BigInt",
      description: "Bytes of the columns before compression; the files are several times smaller.",
    }),
    upToBlock: t.expose("upToBlock", {
      type: "BigInt",
      nullable: true,
      description: "The last one of the blocks; null while there is none.",
    }),
  }),
});

export const ProgressType = builder.objectRef<ProgressValue>("Progress").implement({
  description:
    "How far a job is, and how it gets on. Published figures are those of the canonical chain of files, over all its tables. An ended job's progress stays as it was at its end.",
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
      description:
        "The last block that the worker fetched in this attempt, published or not; null before the first one.",
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
    lagSeconds: t.exposeFloat("lagSeconds", {
      nullable: true,
      description:
        "Seconds between the time of the last published block and that of the head, by the times in the blocks; null while either is unknown.",
    }),
    blocksPerSecond: t.exposeFloat("blocksPerSecond", {
      nullable: true,
      description:
        "Blocks fetched a second, published or not, over the last 30 s, pauses included; null in the first 10 s of an attempt, and while no worker has the job.",
    }),
    bytesPerSecond: t.exposeFloat("bytesPerSecond", {
      nullable: true,
      description:
        "Bytes of the endpoint's answers as JSON text, of the same blocks over the same time; null when `blocksPerSecond` is.",
    }),
    phase: t.expose("phase", { type: PhaseEnum, description: "What the job is about just now." }),
    eta: t.field({
      type: EtaType,
      nullable: true,
      description: "When it will have reached its target; null when nobody can say: `etaUnavailable` says why.",
      resolve: ({ eta, now }) => eta.interval && { ...eta.interval, now },
    }),
    etaUnavailable: t.field({
      type: EtaUnavailableEnum,
      nullable: true,
      description: "Why there is no ETA; null when there is one.",
      resolve: ({ eta }) => eta.gap,
    }),
    stalledSince: t.expose("stalledSince", {
      type: "DateTime",
      nullable: true,
      description:
        "Since when a job that a worker has does not get on, once that has lasted for 30 s; null while it does, or only waits for the head.",
    }),
    bottleneckTable: t.exposeString("bottleneckTable", {
      nullable: true,
      description: "The table that holds the others back; null while all are equally far.",
    }),
    inFlight: t.expose("inFlight", {
      type: InFlightType,
      nullable: true,
      description:
        "What is fetched and not published yet, so no part of the published figures; null before the attempt's first report, and while no worker has the job.",
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
