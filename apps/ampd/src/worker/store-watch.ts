import { randomUUID } from "node:crypto";
import { StorageFailingError } from "../domain/errors.ts";
import type { ObjectStore } from "../extract/object-store.ts";
import { MARKER_PATH, readMarker, writeMarker } from "../extract/store-marker.ts";
import type { Database } from "../store/database.ts";
import { addFirstStore, confirmStore, listStores, recordStore, type StoreRow } from "../store/object-store.ts";
import type { WorkerIdentity } from "../store/worker.ts";
import type { Log } from "../telemetry/log.ts";
import { unlessAborted } from "./unless-aborted.ts";

export type StoreWatchTools = {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly worker: WorkerIdentity;
  readonly log: Log;
  /** Told of each change: whether the store is seen. */
  readonly onSight?: (isSeen: boolean) => void;
};

/** How long an answer holds: a look costs one request to the store and two to the database. */
const FRESH_MS = 3_000;
/** A marker is some fifty bytes: a store that takes longer is failing. */
const MARKER_MS = 10_000;

/** What a look found: the store, or why there is none. */
type Sight = { readonly id: string } | { readonly id: undefined; readonly why: string };

/**
 * Tells the store of the database from an empty folder in its place: by the marker in its root, an object that holds an id
 * which the database knows.
 *
 * ```
 *   database knows   marker in the root
 *   no store         none                made: a row, then the marker, then the row is marked
 *   no store         any                 adopted: a new database over old files
 *   stores           one of them         this store, wherever it is mounted
 *   stores           none, or another    nothing is made, claimed or written
 * ```
 *
 * A maker that died between row and marker is healed by a worker whose root has the same name.
 */
export class StoreWatch {
  readonly #tools: StoreWatchTools;
  /** The id of the store that this worker would make. */
  readonly #newId = randomUUID();
  #seen: { readonly id: string | undefined; readonly untilMs: number } | undefined;
  #looking: Promise<string | undefined> | undefined;
  #told: string | undefined;

  constructor(tools: StoreWatchTools) {
    this.#tools = tools;
  }

  /** The id of the store; undefined while the root is not, or cannot be seen to be, one that the database knows. */
  async id(): Promise<string | undefined> {
    if (this.#seen !== undefined && performance.now() < this.#seen.untilMs) return this.#seen.id;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** @throws StorageFailingError while there is none */
  async require(): Promise<string> {
    const id = await this.id();
    if (id !== undefined) return id;
    throw new StorageFailingError(`the store of the files is not seen in ${this.#root}`, { root: this.#root });
  }

  /**
   * Looks whether the store still is the one with this id, however fresh the last answer is.
   * @throws StorageFailingError when it is not
   */
  async check(id: string, signal?: AbortSignal): Promise<void> {
    try {
      const found = await this.#readMarker(signal);
      if (found === id) return;
      throw new StorageFailingError(`${this.#root} is no longer store ${id}: its marker '${MARKER_PATH}' is gone`, {
        root: this.#root,
        expected: id,
        found: found ?? null,
      });
    } catch (error) {
      this.#seen = undefined;
      throw error;
    }
  }

  get #root(): string {
    return this.#tools.store.root;
  }

  async #look(): Promise<string | undefined> {
    const { database, worker } = this.#tools;
    const sight = await this.#resolve().catch((error: unknown): Sight => {
      if (error instanceof StorageFailingError) return { id: undefined, why: error.message };
      throw error;
    });
    await recordStore(database, worker, sight.id ?? null);
    this.#tell(sight);
    this.#seen = { id: sight.id, untilMs: performance.now() + FRESH_MS };
    return sight.id;
  }

  async #resolve(): Promise<Sight> {
    const { database, store } = this.#tools;
    let stores = await listStores(database);
    let marker = await this.#readMarker();
    if (!stores.some(({ isMarked }) => isMarked)) {
      const isMarked = marker !== undefined;
      await addFirstStore(database, { id: marker ?? this.#newId, location: store.root, isMarked });
      // Another first worker may have been faster.
      stores = await listStores(database);
      marker = await this.#readMarker();
    }
    const own =
      marker === undefined ? stores.find((row) => this.#mayMark(row)) : stores.find(({ id }) => id === marker);
    if (own === undefined) return { id: undefined, why: explain(store.root, marker, stores) };
    if (marker === undefined) await this.#within((limit) => writeMarker(store, own.id, limit));
    if (own.isMarked || (await confirmStore(database, own.id))) return { id: own.id };
    return { id: undefined, why: `store ${own.id} was forgotten before its marker was written` };
  }

  /** The row waits for its marker, and its maker is this worker, or has died at a root of the same name. */
  #mayMark({ id, location, isMarked, isOverdue }: StoreRow): boolean {
    return !isMarked && location === this.#root && (id === this.#newId || isOverdue);
  }

  #readMarker(signal?: AbortSignal): Promise<string | undefined> {
    return this.#within((limit) => readMarker(this.#tools.store, limit), signal);
  }

  /** A request in its time, also where the store is deaf to the abort, as a folder is whose server hangs. */
  async #within<T>(run: (limit: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const late = AbortSignal.timeout(MARKER_MS);
    const limit = signal === undefined ? late : AbortSignal.any([signal, late]);
    try {
      limit.throwIfAborted();
      return await unlessAborted(run(limit), limit);
    } catch (error) {
      if (!late.aborted || signal?.aborted) throw error;
      throw new StorageFailingError(`could not reach '${MARKER_PATH}' in ${this.#root}: no answer came in time`, {
        path: MARKER_PATH,
        root: this.#root,
      });
    }
  }

  /** Once per change, however often it is looked. */
  #tell(sight: Sight): void {
    const { log, worker, onSight } = this.#tools;
    const news = sight.id ?? sight.why;
    if (news === this.#told) return;
    const isFirst = this.#told === undefined;
    this.#told = news;
    onSight?.(sight.id !== undefined);
    const fields = { nodeId: worker.nodeId, root: this.#root };
    if (sight.id === undefined) log.warn(fields, `worker claims nothing: ${sight.why}`);
    else if (!isFirst) log.info({ ...fields, store: sight.id }, "the store of the files is seen");
  }
}

/** What is expected, what was found, and what to do. */
function explain(root: string, marker: string | undefined, stores: readonly StoreRow[]): string {
  const marked = stores.filter(({ isMarked }) => isMarked);
  const expected = (marked.length === 0 ? stores : marked).map(({ id, location }) => `${id} (made as ${location})`);
  const found = marker === undefined ? `holds no marker '${MARKER_PATH}'` : `is marked as store ${marker}`;
  if (marked.length === 0) return `${root} ${found}, and another worker is about to make store ${expected.join(", ")}`;
  return `${root} ${found}, and the database expects store ${expected.join(" or ")}: mount that folder there, or name its place with --storage-url`;
}
