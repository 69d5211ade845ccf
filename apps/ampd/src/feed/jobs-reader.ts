import { type JobFilter, jobSelector } from "../store/job-filter.ts";
import type { JobRow } from "../store/job-row.ts";
import { Pull } from "./pull.ts";

/** What a subscriber of many jobs is given. */
export type JobsItem =
  /** A job that the filter selects, new to the subscriber or changed. */
  | { readonly kind: "job"; readonly job: JobRow }
  /** The subscriber was given this job before, and the filter no longer selects it. */
  | { readonly kind: "left"; readonly number: bigint; readonly reason: LeaveReason }
  /** Every job that the filter selected at the start was given. */
  | { readonly kind: "caughtUp" };

export type LeaveReason = "CHANGED" | "REMOVED";

export type JobsReaderSettings = {
  readonly filter: JobFilter;
  /** At most one item per job and interval; the last one always comes. */
  readonly intervalMs: number;
  readonly onClose: () => void;
};

/**
 * One subscriber's view of the jobs that its filter selects: which ones it was given, in which version, and what it must
 * be told next. Of each job only the latest is held, so a subscriber that does not read holds no more than its jobs.
 */
export class JobsReader {
  readonly items: Pull<JobsItem>;
  readonly filter: JobFilter;
  readonly #intervalMs: number;
  readonly #selects: (job: JobRow) => boolean;
  /** The jobs that the subscriber has, in the version that it was given. */
  readonly #given = new Map<bigint, number>();
  /** What it must be told, the oldest first. */
  readonly #fresh = new Map<bigint, JobRow | LeaveReason>();
  /** What is left of the snapshot; it is caught up when nothing is. */
  readonly #snapshot = new Set<bigint>();
  /** What came while the snapshot was read. */
  readonly #early = new Map<bigint, JobRow | undefined>();
  /** Until when a job is not told again, the earliest first. */
  readonly #quietUntilMs = new Map<bigint, number>();
  #isLoading = true;
  #isBehind = true;
  #timer: NodeJS.Timeout | undefined;

  constructor({ filter, intervalMs, onClose }: JobsReaderSettings) {
    this.filter = filter;
    this.#intervalMs = intervalMs;
    this.#selects = jobSelector(filter);
    this.items = new Pull({
      take: () => this.#take(),
      onClose: () => {
        clearTimeout(this.#timer);
        onClose();
      },
    });
  }

  /** Jobs that are held for the subscriber, or known of it. */
  get size(): number {
    return this.#given.size + this.#fresh.size;
  }

  /** Holds back every change until the next `load`: a snapshot is about to be read. */
  expectSnapshot(): void {
    this.#isLoading = true;
    this.#isBehind = true;
  }

  /**
   * Takes in every job that the filter selected at one moment, and what came since.
   * @returns jobs that were held before and are not among them: what became of those must be read
   */
  load(jobs: readonly JobRow[]): bigint[] {
    this.#isLoading = false;
    const selected = new Set(jobs.map(({ number }) => number));
    const lost = [...this.#given.keys(), ...this.#fresh.keys()].filter((number) => !selected.has(number));
    for (const job of jobs) this.#note(job.number, job);
    for (const number of selected) if (this.#fresh.has(number)) this.#snapshot.add(number);
    for (const [number, job] of this.#early) this.#note(number, job);
    this.#early.clear();
    this.items.deliver();
    return lost;
  }

  /** What was read of a job, later than everything before; undefined when it is gone. */
  offer(number: bigint, job: JobRow | undefined): void {
    if (this.#isLoading) {
      this.#early.set(number, job);
      return;
    }
    this.#note(number, job);
    this.items.deliver();
  }

  #note(number: bigint, job: JobRow | undefined): void {
    const given = this.#given.get(number);
    // A read that began before the snapshot may end after it.
    if (job !== undefined && given !== undefined && job.version < given) return;
    const held = this.#fresh.get(number);
    // What came while the snapshot was read may be older than the snapshot.
    if (job !== undefined && typeof held === "object" && job.version < held.version) return;
    if (job !== undefined && this.#selects(job)) {
      if (given === job.version) this.#forget(number);
      else this.#fresh.set(number, job);
    } else if (given !== undefined) this.#fresh.set(number, job === undefined ? "REMOVED" : "CHANGED");
    else this.#forget(number);
  }

  #forget(number: bigint): void {
    this.#fresh.delete(number);
    this.#snapshot.delete(number);
  }

  #take(): JobsItem | undefined {
    if (this.#isLoading) return undefined;
    const [first] = this.#snapshot;
    if (first !== undefined) return this.#tell(first);
    if (this.#isBehind) {
      this.#isBehind = false;
      return { kind: "caughtUp" };
    }
    const nowMs = performance.now();
    this.#dropQuiet(nowMs);
    for (const number of this.#fresh.keys()) if (!this.#quietUntilMs.has(number)) return this.#tell(number);
    if (this.#fresh.size > 0) this.#deliverAt(nowMs);
    return undefined;
  }

  #tell(number: bigint): JobsItem | undefined {
    const news = this.#fresh.get(number);
    this.#forget(number);
    if (news === undefined) return undefined;
    this.#quietUntilMs.delete(number);
    if (this.#intervalMs > 0) this.#quietUntilMs.set(number, performance.now() + this.#intervalMs);
    if (typeof news === "string") {
      this.#given.delete(number);
      return { kind: "left", number, reason: news };
    }
    this.#given.set(number, news.version);
    return { kind: "job", job: news };
  }

  #dropQuiet(nowMs: number): void {
    for (const [number, untilMs] of this.#quietUntilMs) {
      if (untilMs > nowMs) return;
      this.#quietUntilMs.delete(number);
    }
  }

  /** All that is fresh is quiet: the first that may be told again is the one that was told first. */
  #deliverAt(nowMs: number): void {
    const [untilMs = nowMs] = this.#quietUntilMs.values();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.items.deliver();
    }, untilMs - nowMs);
  }
}
