import { randomUUID } from "node:crypto";
import type { ObjectStore } from "../extract/object-store.ts";
import { ParquetEncoder } from "../extract/parquet-encoder.ts";
import { wait } from "../extract/wait.ts";
import type { Database } from "../store/database.ts";
import { claimJobs, ownedStatuses } from "../store/job-own.ts";
import { findJobs } from "../store/job-read.ts";
import type { JobRow } from "../store/job-row.ts";
import { listen, type Wake } from "../store/notifications.ts";
import { Poll } from "../store/poll.ts";
import { markDraining, registerWorker, renewLease, signOffWorker, type WorkerIdentity } from "../store/worker.ts";
import type { Log } from "../telemetry/log.ts";
import { JobRunner } from "./job-runner.ts";
import type { WorkerSettings } from "./settings.ts";
import { sweep } from "./sweep.ts";

const HEARTBEAT_MS = 1_000;
const CLAIM_POLL_MS = 2_000;
const SWEEP_MS = 30_000;
const REGISTER_POLL_MS = 1_000;

export type WorkerTools = {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly settings: WorkerSettings;
  readonly log: Log;
};

/**
 * A worker process: holds a lease, claims jobs that fit, runs them, and looks after the files of attempts that are over.
 *
 * ```
 *   register ─► heartbeat (lease) ──► claim ─► JobRunner … ─► drain ─► sign off
 *                 └ stop requests, lost jobs    └ woken by NOTIFY, with a slow poll behind it
 * ```
 */
export class Worker {
  readonly #tools: WorkerTools;
  readonly #identity: WorkerIdentity;
  readonly #encoder = new ParquetEncoder();
  readonly #runners = new Map<bigint, JobRunner>();
  readonly #polls: Poll[];
  readonly #claim: Poll;
  readonly #heartbeat: Poll;
  readonly #sweeping: Poll;
  #leaseUntilMs = 0;
  #isLeaseHeld = true;
  #listening: { close(): Promise<void> } | undefined;
  #leaving: Promise<void> | undefined;

  constructor(tools: WorkerTools) {
    const { log, settings } = tools;
    this.#tools = tools;
    this.#identity = { nodeId: settings.nodeId, incarnation: randomUUID() };
    this.#heartbeat = new Poll({ name: "heartbeat", everyMs: HEARTBEAT_MS, log, run: () => this.#beat() });
    this.#claim = new Poll({ name: "claim", everyMs: CLAIM_POLL_MS, log, run: () => this.#claimMore() });
    this.#sweeping = new Poll({ name: "sweep", everyMs: SWEEP_MS, log, run: () => this.#sweep() });
    this.#polls = [this.#heartbeat, this.#claim, this.#sweeping];
  }

  /** How many jobs it runs now. */
  get running(): number {
    return this.#runners.size;
  }

  /** Takes the node id, waiting for an earlier incarnation's lease where it must, and begins to claim. */
  async start(signal: AbortSignal): Promise<void> {
    const { database, log, settings } = this.#tools;
    for (let tries = 0; !(await this.#register(settings.takeOver)); tries += 1) {
      if (tries === 0) log.warn({ nodeId: settings.nodeId }, "another process has this node id: waiting for its lease");
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

  async #leave(): Promise<void> {
    const { database, settings } = this.#tools;
    const deadline = setTimeout(() => this.#abandonAll(), settings.drainDeadlineMs);
    for (const runner of this.#runners.values()) runner.drain();
    await this.#claim.stop();
    await markDraining(database, this.#identity).catch((error: unknown) => this.#warn(error));
    await Promise.all([...this.#runners.values()].map((runner) => runner.finished));
    clearTimeout(deadline);
    for (const poll of this.#polls) await poll.stop();
    await this.#listening?.close().catch((error: unknown) => this.#warn(error));
    await this.#encoder.close();
    await signOffWorker(database, this.#identity).catch((error: unknown) => this.#warn(error));
  }

  /** The database is away: nobody is told, and the lease runs out by itself. */
  #warn(error: unknown): void {
    this.#tools.log.warn({ nodeId: this.#identity.nodeId, err: error }, "the worker's leaving is not recorded");
  }

  async #register(takeOver: boolean): Promise<boolean> {
    const { leaseMs, capacity, version } = this.#tools.settings;
    const untilMs = performance.now() + leaseMs;
    const registration = { ...this.#identity, leaseMs, capacity, version, takeOver };
    const isRegistered = await registerWorker(this.#tools.database, registration);
    if (isRegistered) this.#leaseUntilMs = untilMs;
    return isRegistered;
  }

  #wake(wake: Wake): void {
    if (wake.kind === "progressed") return;
    this.#claim.wake();
    // A job that moved may have left an attempt behind, and its files.
    this.#sweeping.wake();
    if (wake.kind !== "moved" || wake.jobs.some((number) => this.#runners.has(number))) this.#heartbeat.wake();
  }

  /** Renews the lease, and looks which of its jobs were asked to stop or are no longer its own. */
  async #beat(): Promise<void> {
    if (performance.now() > this.#leaseUntilMs) this.#dropAll("its lease ran out");
    if (!(await this.#renew())) {
      this.#dropAll("another process has its node id");
      return;
    }
    this.#isLeaseHeld = true;
    // Those that are there before the look: what is claimed meanwhile may not be in its answer.
    const runners = [...this.#runners];
    const rows = await ownedStatuses(this.#tools.database, this.#identity.incarnation);
    const owned = new Map(rows.map((row) => [row.number, row]));
    for (const [number, runner] of runners) {
      const row = owned.get(number);
      if (row?.attempt !== runner.owner.attempt) runner.abort();
      else if (row.status === "STOP_REQUESTED") await runner.stop();
    }
  }

  /** Renews the lease, or takes the node id again where nobody else holds it. */
  async #renew(): Promise<boolean> {
    const { database, settings } = this.#tools;
    const untilMs = performance.now() + settings.leaseMs;
    if (!(await renewLease(database, this.#identity, settings.leaseMs))) return this.#register(false);
    this.#leaseUntilMs = untilMs;
    return true;
  }

  async #claimMore(): Promise<void> {
    if (this.#leaving !== undefined) return;
    await this.#adopt();
    const { database, settings } = this.#tools;
    const limit = settings.capacity - this.#runners.size;
    if (limit <= 0) return;
    for (const job of await claimJobs(database, { ...this.#identity, limit })) this.#run(job);
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
    const runner = new JobRunner({ ...this.#tools, encoder: this.#encoder }, job, this.#identity.incarnation);
    this.#runners.set(job.number, runner);
    if (this.#leaving !== undefined) runner.drain();
    void runner.finished.then(() => {
      // It may be this worker that has claimed the job again.
      if (this.#runners.get(job.number) === runner) this.#runners.delete(job.number);
      this.#claim.wake();
    });
  }

  async #sweep(): Promise<void> {
    const { database, store, settings, log } = this.#tools;
    await sweep(database, store, { log, graceMs: settings.takeOver ? 0 : 2 * settings.leaseMs });
  }

  #dropAll(why: string): void {
    if (!this.#isLeaseHeld) return;
    this.#isLeaseHeld = false;
    this.#tools.log.error({ nodeId: this.#identity.nodeId, jobs: this.#runners.size }, `worker drops its jobs: ${why}`);
    for (const runner of this.#runners.values()) runner.abort();
  }

  #abandonAll(): void {
    for (const runner of this.#runners.values()) runner.abandon();
  }
}
