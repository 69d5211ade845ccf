import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { v7 as uuidv7 } from "uuid";
import type { Actor } from "../domain/actor.ts";
import { lowerBlock } from "../domain/block-range.ts";
import { JobStalledError, OwnershipLostError } from "../domain/errors.ts";
import type { WaitCause } from "../domain/live-report.ts";
import type { ObjectStore } from "../extract/object-store.ts";
import type { ParquetEncoder } from "../extract/parquet-encoder.ts";
import type { Database } from "../store/database.ts";
import { getManifest } from "../store/dataset.ts";
import { describeFault } from "../store/describe-fault.ts";
import { beginStopping, type Ownership } from "../store/job-own.ts";
import type { JobRow } from "../store/job-row.ts";
import { type TableRow, takeTables } from "../store/table.ts";
import type { Log } from "../telemetry/log.ts";
import { advancingStore } from "./advancing-store.ts";
import { extractJob, type Outcome } from "./extract-job.ts";
import { LiveReporter } from "./live-reporter.ts";
import { openProvider } from "./open-provider.ts";
import { segmentLimits } from "./segment-limits.ts";
import type { WorkerSettings } from "./settings.ts";
import { type Ending, settleJob } from "./settle-job.ts";
import type { StoreWatch } from "./store-watch.ts";
import { Watchdog } from "./watchdog.ts";

export type RunnerTools = {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly storeWatch: StoreWatch;
  readonly encoder: ParquetEncoder;
  readonly settings: WorkerSettings;
  /** Aborts every attempt when the worker's lease is over by now. */
  readonly checkLease: () => void;
  readonly log: Log;
};

const SETTLE_RETRY_MS = 1_000;

/**
 * One attempt at one claimed job: runs it, and moves it to where it belongs when it comes back, whatever happened.
 *
 * ```
 *   extract ─► completed, interrupted, failed ─► the job's row, as often as it takes ─► finished
 *      └ stop(), drain(): soft   abort(): at once        └ abandon(): one more try
 * ```
 */
export class JobRunner {
  readonly owner: Ownership;
  /** Never rejects. */
  readonly finished: Promise<void>;
  readonly #tools: RunnerTools;
  readonly #job: JobRow;
  readonly #actor: Actor;
  readonly #soft = new AbortController();
  readonly #hard = new AbortController();
  readonly #abandoned = new AbortController();
  readonly #watchdog: Watchdog;
  readonly #live: LiveReporter;
  #stopping: Promise<void> | undefined;

  constructor(tools: RunnerTools, job: JobRow, incarnation: string) {
    this.#tools = tools;
    this.#job = job;
    this.#actor = { nodeId: tools.settings.nodeId, name: null, requestId: null };
    this.owner = { job: job.number, attempt: job.attempt, incarnation };
    const onStall = (stage: string, stalledMs: number) =>
      this.#hard.abort(new JobStalledError(job.number, stage, stalledMs));
    this.#watchdog = new Watchdog({ limitMs: tools.settings.jobWatchdogMs, onStall }, "starting");
    this.#live = new LiveReporter({ ...tools, owner: this.owner, watchdog: this.#watchdog });
    // From then on a deadline counts: the stop's, or the drain's.
    this.#soft.signal.addEventListener("abort", () => this.#watchdog.stop(), { once: true });
    this.finished = this.#run();
  }

  /**
   * An operator asked for a stop: take no new work, publish what is in hand, end. Idempotent. Never rejects: what is not
   * recorded now is recorded at the end.
   */
  stop(): Promise<void> {
    this.#watchdog.stop();
    this.#stopping ??= this.#recordStop().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  async #recordStop(): Promise<void> {
    try {
      await beginStopping(this.#tools.database, this.owner, this.#actor);
    } catch (error) {
      // It may have ended meanwhile.
      if (error instanceof OwnershipLostError) return;
      this.#tools.log.warn({ ...this.#fields, ...describeFault(error) }, "the stop is not recorded yet");
    } finally {
      this.#soft.abort();
    }
  }

  /** The worker leaves: take no new work, publish what is in hand, hand over. */
  drain(): void {
    this.#soft.abort();
  }

  /** Drop everything now. If the job is still this attempt's, it goes back to the queue. */
  abort(): void {
    this.#hard.abort(new OwnershipLostError(this.owner.job));
  }

  /** Drop everything now, and try no more than once to say so. */
  abandon(): void {
    this.#abandoned.abort();
    this.abort();
  }

  get #fields() {
    return { job: String(this.owner.job), attempt: this.owner.attempt };
  }

  async #run(): Promise<void> {
    this.#tools.log.info(this.#fields, "job claimed");
    // Whatever does not heed the abort (a disk that hangs) is left alone: the fence refuses what it may still write.
    const aborted = once(this.#hard.signal, "abort").then(() => this.#endOfAbort());
    const ending = await Promise.race([this.#attempt(), aborted]);
    this.#watchdog.stop();
    // What was dropped is reported by nobody: another attempt may have the job.
    if (this.#hard.signal.aborted) this.#live.stop();
    else await this.#live.end();
    if (ending.kind === "failed") this.#report(ending.error);
    await this.#settle(ending);
  }

  async #attempt(): Promise<Ending> {
    try {
      return { kind: await this.#extract() };
    } catch (error) {
      return this.#hard.signal.aborted ? this.#endOfAbort() : { kind: "failed", error };
    }
  }

  #endOfAbort(): Ending {
    const reason: unknown = this.#hard.signal.reason;
    return reason instanceof JobStalledError ? { kind: "failed", error: reason } : { kind: "interrupted" };
  }

  #report(error: unknown): void {
    const fault = describeFault(error);
    this.#tools.log["err" in fault ? "error" : "warn"]({ ...this.#fields, ...fault }, "attempt failed");
  }

  async #extract(): Promise<Outcome> {
    const { database, store, storeWatch, encoder, settings, log, checkLease } = this.#tools;
    const storeId = await storeWatch.require();
    const manifest = await getManifest(database, this.#job.manifestHash);
    const revisions = manifest.tables.map((name) => ({ name, revision: uuidv7() }));
    const tables = await takeTables(database, this.owner, { storeId, tables: revisions });
    this.#live.start({ startBlock: manifest.startBlock, currentBlock: slowestBlock(tables) });
    const advance = (stage: string, awaited: WaitCause) => this.#watchdog.enter(stage, awaited);
    const provider = {
      ...settings,
      onAdvance: () => this.#watchdog.advance(),
      onLimit: () => this.#live.limited(),
    };
    const chain = await openProvider(database, manifest.network, this.#job, provider);
    advance(`asking endpoint ${chain.endpoint}`, "ENDPOINT");
    const soft = this.#soft.signal;
    const hard = this.#hard.signal;
    try {
      return await extractJob({
        database,
        store: advancingStore(store, advance),
        advance,
        live: this.#live,
        confirm: () => {
          checkLease();
          hard.throwIfAborted();
        },
        checkStore: () => storeWatch.check(storeId, hard),
        encoder,
        log,
        manifest,
        tables,
        chain,
        job: this.#job,
        owner: this.owner,
        nodeId: settings.nodeId,
        limits: segmentLimits(settings.segmentIntervalMs),
        soft,
        hard,
        reading: AbortSignal.any([soft, hard]),
      });
    } finally {
      chain.close();
    }
  }

  /** Until the database takes the last move or says that the job is somebody else's: nobody else would make it. */
  async #settle(ending: Ending): Promise<void> {
    const { database, settings, log } = this.#tools;
    const settling = { database, owner: this.owner, actor: this.#actor, maxAttempts: settings.maxAttempts };
    for (let tries = 0; ; tries += 1) {
      try {
        const job = await settleJob(settling, ending);
        if (job === undefined) log.warn(this.#fields, "job is no longer this worker's");
        else log.info({ ...this.#fields, status: job.status }, "attempt ended");
        return;
      } catch (error) {
        const level = tries === 0 ? "warn" : "debug";
        log[level](
          { ...this.#fields, ...describeFault(error) },
          "the attempt's end could not be recorded; trying again",
        );
        if (this.#abandoned.signal.aborted) return;
        await sleep(SETTLE_RETRY_MS, undefined, { signal: this.#abandoned.signal }).catch(() => undefined);
      }
    }
  }
}

/** Null while a table has no block. */
function slowestBlock(tables: readonly TableRow[]): bigint | null {
  const blocks = tables.map(({ currentBlock }) => currentBlock).filter((block) => block !== null);
  return blocks.length < tables.length || blocks.length === 0 ? null : blocks.reduce(lowerBlock);
}
