/** An object of the store: its path below the root, with `/` between parts. */
export type StoredObject = { readonly path: string; readonly sizeBytes: bigint };

/**
 * Where Parquet files live. Paths are relative to the root, with `/` between parts and no `..`.
 * Every method throws `StorageFailingError`, with path and reason, when the store refuses.
 */
export interface ObjectStore {
  /** What people are told the store is; holds no secret. */
  readonly root: string;
  /**
   * Durable when it resolves, and atomic: the final name never shows a half file. Writes over what stands there.
   * One that fails or is aborted may still have arrived whole, when only the answer was lost; but after the abort nothing
   * is begun that would show the final name.
   */
  put(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** @throws {ObjectMissingError} where there is no such object */
  get(path: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  /** Idempotent: what is not there is deleted already. A broken write of that path goes too. */
  delete(path: string): Promise<void>;
  /** Every object whose path starts with the prefix, left-overs of broken writes too where they are objects, in no order. */
  list(prefix: string): AsyncIterable<StoredObject>;
}

/** A store in the hands of whoever opened it. */
export interface OpenedStore extends ObjectStore {
  /** Writes, reads and deletes a small object, so that a wrong address or a missing right shows before the first job. */
  check(signal: AbortSignal): Promise<void>;
  /** Lets go of what is open; requests under way fail. Idempotent. */
  close(): void;
}
