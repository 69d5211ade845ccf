import { randomUUID } from "node:crypto";
import type { ObjectStore } from "../extract/object-store.ts";
import { ParquetEncoder } from "../extract/parquet-encoder.ts";
import { wait } from "../extract/wait.ts";
import type { Database } from "../store/database.ts";
import { describeFault } from "../store/describe-fault.ts";
import { claimJobs, ownedStatuses } from "../store/job-own.ts";
import { findJobs } from "../store/job-read.ts";
import type { JobRow } from "../store/job-row.ts";
import { listen, type Wake } from "../store/notifications.ts";
import { Poll } from "../store/poll.ts";
import { markDraining, signOffWorker, type WorkerIdentity } from "../store/worker.ts";
import type { Log } from "../telemetry/log.ts";
import { JobRunner } from "./job-runner.ts";
import { Lease } from "./lease.ts";
import type { WorkerSettings } from "./settings.ts";
import { StoreWatch } from "./store-watch.ts";
import { sweep } from "./sweep.ts";
import { unlessAborted } from "./unless-aborted.ts";
import { WorkerStatus } from "./worker-status.ts";

const HEARTBEAT_MS = 1_000;
const LOOK_MS = 1_000;
const CLAIM_POLL_MS = 2_000;
const SWEEP_MS = 30_000;
const REGISTER_POLL_MS = 1_000;

export type WorkerTools = {
  readonly database: Database;
  /** The way to the same database that the lease has for itself; without one it goes with everything else. */
  readonly leases?: Database;
  readonly store: ObjectStore;
  readonly settings: WorkerSettings;
  readonly log: Log;
  /** Told of each change: why the worker can take up no work, or undefined when it can. */
  readonly onStatus?: (reason: string | undefined) => void;
};

/**
 * A worker process: holds a lease, claims jobs that fit, runs them, and looks after the files of attempts that are over.
 *
 * ```
 *   register ─► heartbeat: the lease, on a connection of its own ─► drain ─► sign off
 *             ├► look: stop requests, lost jobs  ┐
 *             └► claim ─► JobRunner …            ┘ woken by NOTIFY, with slow polls behind it
 * ```
 */
export class Worker {
  /** Resolves when it has left, told by `drain` or because an operator asked for it in its row. */
  readonly left: Promise<void>;
  readonly #tools: WorkerTools;
  readonly #identity: WorkerIdentity;
  readonly #leases: Database;
  readonly #lease: Lease;
  readonly #encoder = new ParquetEncoder();
  readonly #storeWatch: StoreWatch;
  readonly #runners = new Map<bigint, JobRunner>();
  readonly #polls: Poll[];
  readonly #claim: Poll;
  readonly #look: Poll;
  readonly #sweeping: Poll;
  readonly #status: WorkerStatus;
  readonly #goodbye = new AbortController();
  readonly #hasLeft = Promise.withResolvers<void>();
  #isAbandoned = false;
  #listening: { close(): Promise<void> } | undefined;
  #leaving: Promise<void> | undefined;

  constructor(tools: WorkerTools) {
    const { log, settings } = tools;
    const { leaseMs, capacity, version } = settings;
    this.#tools = tools;
    this.#identity = { nodeId: settings.nodeId, incarnation: randomUUID() };
    const status = new WorkerStatus((reason) => tools.onStatus?.(reason));
    this.#status = status;
    this.#storeWatch = new StoreWatch({
      ...tools,
      worker: this.#identity,
      onSight: (isSeen) => status.set("store", isSeen ? undefined : "the worker does not see the store of the files"),
    });
    this.#leases = tools.leases ?? tools.database;
    this.#lease = new Lease({
      database: this.#leases,
      registration: { ...this.#identity, leaseMs, capacity, version },
      onHeld: () => status.set("lease", undefined),
      onLost: (why) => this.#dropAll(why),
      onDrain: () => this.#drainByRequest(),
    });
    this.left = this.#hasLeft.promise;
    const heartbeat = new Poll({ name: "heartbeat", everyMs: HEARTBEAT_MS, log, run: () => this.#lease.renew() });
    this.#look = new Poll({ name: "look", everyMs: LOOK_MS, log, run: () => this.#lookAtJobs() });
    this.#claim = new Poll({ name: "claim", everyMs: CLAIM_POLL_MS, log, run: () => this.#claimMore() });
    this.#sweeping = new Poll({ name: "sweep", everyMs: SWEEP_MS, log, run: () => this.#sweep() });
    this.#polls = [heartbeat, this.#look, this.#claim, this.#sweeping];
  }

  /** How many jobs it runs now. */
  get running(): number {
    return this.#runners.size;
  }

  /** Takes the node id, waiting for an earlier incarnation's lease where it must, and begins to claim. */
  async start(signal: AbortSignal): Promise<void> {
    const { database, log, settings } = this.#tools;
    for (let tries = 0; !(await this.#lease.take(settings.takeOver)); tries += 1) {
      if (tries === 0) {
        this.#status.set("lease", "the worker waits for its node id: another process has it");
        log.warn({ nodeId: settings.nodeId }, "another process has this node id: waiting for its lease");
      }
      await wait(REGISTER_POLL_MS, signal);
    }
    this.#listening = await listen(database, (wake) => this.#wake(wake));
    for (const poll of this.#polls) poll.start();
  }

  /**
   * Leaves in good order: claims nothing, publishes what is in hand, hands its jobs over, signs off. What is still running
   * at the deadline, or when the signal aborts, is dropped. Idempotent; the signal of every call counts.
   */
  async drain(signal: AbortSignal): Promise<void> {
    this.#leaving ??= this.#leave();
    const abandon = () => this.#abandonAll();
    if (signal.aborted) abandon();
    else signal.addEventListener("abort", abandon, { once: true });
    await this.#leaving;
    signal.removeEventListener("abort", abandon);
  }

  #drainByRequest(): void {
    if (this.#leaving !== undefined) return;
    const { log, settings } = this.#tools;
    log.info({ nodeId: settings.nodeId }, "an operator asked for a drain");
    this.#leaving = this.#leave();
  }

  async #leave(): Promise<void> {
    const { settings } = this.#tools;
    this.#status.set("leave", "the worker of this process is draining");
    // Before anything is waited for: a store that hangs holds up the polls, and the deadline is for the jobs alone.
    this.#goodbye.abort();
    const deadline = setTimeout(() => this.#abandonAll(), settings.drainDeadlineMs);
    for (const runner of this.#runners.values()) runner.drain();
    await this.#claim.stop();
    await markDraining(this.#leases, this.#identity).catch((error: unknown) => this.#warn(error));
    await Promise.all([...this.#runners.values()].map((runner) => runner.finished));
    clearTimeout(deadline);
    for (const poll of this.#polls) await poll.stop();
    await this.#listening?.close().catch((error: unknown) => this.#warn(error));
    await this.#encoder.close();
    this.#lease.stop();
    await signOffWorker(this.#leases, this.#identity).catch((error: unknown) => this.#warn(error));
    this.#status.set("leave", "the worker of this process was drained");
    this.#hasLeft.resolve();
  }

  /** The database is away: nobody is told, and the lease runs out by itself. */
  #warn(error: unknown): void {
    this.#tools.log.warn(
      { nodeId: this.#identity.nodeId, ...describeFault(error) },
      "the worker's leaving is not recorded",
    );
  }

  #wake(wake: Wake): void {
    if (wake.kind === "progressed") return;
    if (this.#runners.size < this.#tools.settings.capacity) this.#claim.wake();
    if (wake.kind === "everything") this.#sweeping.wake();
    if (wake.kind !== "moved" || wake.jobs.some((number) => this.#runners.has(number))) this.#look.wake();
  }

  /** Which of its jobs were asked to stop, or are no longer its own. */
  async #lookAtJobs(): Promise<void> {
    // Those that are there before the look: what is claimed meanwhile may not be in its answer.
    const runners = [...this.#runners];
    const rows = await ownedStatuses(this.#tools.database, this.#identity.incarnation);
    const owned = new Map(rows.map((row) => [row.number, row]));
    for (const [number, runner] of runners) {
      const row = owned.get(number);
      if (row?.attempt !== runner.owner.attempt) runner.abort();
      // Not awaited: another job's row may be locked for long.
      else if (row.status === "STOP_REQUESTED") void runner.stop();
    }
  }

  async #claimMore(): Promise<void> {
    if (this.#leaving !== undefined || !this.#lease.isHeld) return;
    await this.#adopt();
    const { database, settings } = this.#tools;
    const storeId = await this.#storeId();
    const limit = settings.capacity - this.#runners.size;
    if (storeId === undefined || limit <= 0) return;
    for (const job of await claimJobs(database, { ...this.#identity, storeId, limit })) this.#run(job);
  }

  /** Goes on with jobs that it claimed without hearing of it: the answer was lost with the connection. */
  async #adopt(): Promise<void> {
    const { database } = this.#tools;
    const { incarnation } = this.#identity;
    const owned = await ownedStatuses(database, incarnation);
    const unknown = owned.map(({ number }) => number).filter((number) => !this.#runners.has(number));
    if (unknown.length === 0) return;
    // One that has just ended is not its own any more by now.
    for (const job of await findJobs(database, unknown)) if (job.incarnation === incarnation) this.#run(job);
  }

  #run(job: JobRow): void {
    const checkLease = () => this.#lease.check();
    const tools = { ...this.#tools, encoder: this.#encoder, storeWatch: this.#storeWatch, checkLease };
    const runner = new JobRunner(tools, job, this.#identity.incarnation);
    this.#runners.set(job.number, runner);
    // An earlier attempt may have left files behind, as this one may: no other worker need look for them at once.
    if (job.attempt > 1) this.#sweeping.wake();
    // The answer to the claim may have come late.
    if (this.#isAbandoned) runner.abandon();
    else if (!this.#lease.isHeld) runner.abort();
    else if (this.#leaving !== undefined) runner.drain();
    void runner.finished.then(() => {
      // It may be this worker that has claimed the job again.
      if (this.#runners.get(job.number) === runner) this.#runners.delete(job.number);
      this.#claim.wake();
      this.#sweeping.wake();
    });
  }

  async #sweep(): Promise<void> {
    const { settings } = this.#tools;
    const { signal } = this.#goodbye;
    const storeId = await this.#storeId();
    if (storeId === undefined) return;
    const swept = sweep({
      ...this.#tools,
      storeId,
      checkStore: (limit) => this.#storeWatch.check(storeId, limit),
      graceMs: settings.takeOver ? 0 : 2 * settings.leaseMs,
      fileRetentionMs: settings.fileRetentionMs,
      signal,
    });
    await swept.catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** The id of the store that it sees; none once it leaves, also while a look at the store hangs. */
  async #storeId(): Promise<string | undefined> {
    const { signal } = this.#goodbye;
    if (signal.aborted) return undefined;
    return unlessAborted(this.#storeWatch.id(), signal).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
  }

  #dropAll(why: string): void {
    this.#status.set("lease", `the worker has no lease: ${why}`);
    this.#tools.log.error({ nodeId: this.#identity.nodeId, jobs: this.#runners.size }, `worker drops its jobs: ${why}`);
    for (const runner of this.#runners.values()) runner.abort();
  }

  #abandonAll(): void {
    this.#isAbandoned = true;
    for (const runner of this.#runners.values()) runner.abandon();
  }
}
