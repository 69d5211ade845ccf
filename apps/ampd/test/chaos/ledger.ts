import type { Change } from "../cluster/controller-client.ts";
import type { LoggedEvent } from "./verify-events.ts";

type Entry = { readonly kind: string; readonly job: number; readonly via: string; readonly key: string | undefined };

/** What each acknowledged change must have left in the event log: one of these. */
const TRACES: Readonly<Record<string, readonly string[]>> = {
  deploy: ["SCHEDULED"],
  retry: ["SCHEDULED"],
  stop: ["STOP_REQUESTED", "STOPPED"],
  remove: ["REMOVED"],
};

/** Every change that a controller acknowledged: whatever crashed since, none may be lost. */
export class Ledger {
  readonly #entries: Entry[] = [];
  #pruned = 0;

  /** Keeps it when it was a change; a refusal, or an answer that nothing was to be done, promises nothing. */
  note(kind: string, change: Change, asked: { readonly via: string; readonly key?: string | undefined }): void {
    if (change.kind === "refused") return;
    if (change.changed || asked.key !== undefined) {
      this.#entries.push({ kind, job: change.job, via: asked.via, key: asked.key });
    }
  }

  notePrune(count: number): void {
    this.#pruned += count;
  }

  get size(): number {
    return this.#entries.length;
  }

  findFaults(events: readonly LoggedEvent[]): string[] {
    const types = Map.groupBy(events, ({ job }) => job);
    const has = (job: number, wanted: readonly string[]) =>
      types.get(job)?.some(({ type }) => wanted.includes(type)) === true;
    const lost = this.#entries
      .filter(({ kind, job }) => !has(job, TRACES[kind] ?? []))
      .map(({ kind, job, via }) => `${kind} of job ${job} was acknowledged by ${via} and is lost`);
    return [...lost, ...this.#keyFaults(), ...this.#pruneFaults(events)];
  }

  /** One key is one job. */
  #keyFaults(): string[] {
    const byKey = Map.groupBy(this.#entries, ({ key }) => key);
    return [...byKey].flatMap(([key, entries]) => {
      const jobs = new Set(entries.map(({ job }) => job));
      return key === undefined || jobs.size === 1 ? [] : [`key ${key} was answered with jobs ${[...jobs].join(", ")}`];
    });
  }

  #pruneFaults(events: readonly LoggedEvent[]): string[] {
    const removed = events.filter(({ type }) => type === "REMOVED").length;
    const acknowledged = this.#pruned + this.#entries.filter(({ kind }) => kind === "remove").length;
    return removed >= acknowledged ? [] : [`${acknowledged} removals were acknowledged, the log has ${removed}`];
  }
}
