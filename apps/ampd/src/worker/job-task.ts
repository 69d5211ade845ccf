import type { WaitCause } from "../domain/live-report.ts";
import type { DatasetManifest } from "../domain/manifest.ts";
import type { Chain } from "../extract/chain.ts";
import type { ObjectStore } from "../extract/object-store.ts";
import type { ParquetEncoder } from "../extract/parquet-encoder.ts";
import type { Database } from "../store/database.ts";
import type { Ownership } from "../store/job-own.ts";
import type { JobRow } from "../store/job-row.ts";
import type { TableRow } from "../store/table.ts";
import type { Log } from "../telemetry/log.ts";
import type { LiveReporter } from "./live-reporter.ts";
import type { SegmentLimits } from "./segment-limits.ts";

/** What one attempt at one job works with. */
export type JobTask = {
  readonly database: Database;
  readonly owner: Ownership;
  /** This worker, as events name it. */
  readonly nodeId: string;
  readonly job: JobRow;
  readonly manifest: DatasetManifest;
  readonly tables: readonly TableRow[];
  readonly chain: Chain;
  readonly store: ObjectStore;
  /** Throws when the store is no longer the one that the tables lie in: an empty folder may stand in its place. */
  readonly checkStore: () => Promise<void>;
  readonly encoder: ParquetEncoder;
  readonly limits: SegmentLimits;
  readonly log: Log;
  /** Says that the attempt gets on, what it does next, as in "it was …", and what that depends on. */
  readonly advance: (stage: string, awaited: WaitCause) => void;
  /** Told of what is seen and done, and reports it. */
  readonly live: LiveReporter;
  /** Throws when the worker's lease is over by now: nothing may be published any more. */
  readonly confirm: () => void;
  /** Take no new work: publish what is in hand and come back. */
  readonly soft: AbortSignal;
  /** Drop everything. */
  readonly hard: AbortSignal;
  /** Either of the two: what is asked of the chain ends with it, so that a silent endpoint holds up no stop. */
  readonly reading: AbortSignal;
};
