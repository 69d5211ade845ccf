import { mkdir, open, opendir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { ObjectMissingError, StorageFailingError } from "../domain/errors.ts";
import type { OpenedStore, StoredObject } from "./object-store.ts";
import { checkByWriting } from "./object-store-check.ts";
import { checkStorePath } from "./object-store-path.ts";

/**
 * Starts the name of a file that is being written. The rest is its final name, so that whoever deletes that (the sweep of
 * what a dead process left) deletes this too.
 */
const TEMPORARY_PREFIX = ".tmp-";

/**
 * A folder as an object store. A put writes a temporary file beside the final name, syncs it, renames it and syncs every
 * folder that gained an entry, so that a power cut leaves the whole file or none.
 */
export function openFolderStore(root: string): OpenedStore {
  return new FolderStore(resolve(root));
}

class FolderStore implements OpenedStore {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  check(signal: AbortSignal): Promise<void> {
    return checkByWriting(this, signal);
  }

  async put(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const target = this.#locate(path);
    const temporary = temporaryOf(target);
    try {
      signal.throwIfAborted();
      await createFolder(dirname(target));
      await writeDurably(temporary, bytes, signal);
      // Nothing comes between this and the final name: whoever was told to stop no longer gets one.
      signal.throwIfAborted();
      await rename(temporary, target);
      await syncFolder(dirname(target));
    } catch (error) {
      // The reason of the first failure counts; a temporary file that cannot be removed is found by `list`.
      await rm(temporary, { force: true }).catch(() => undefined);
      throw this.#translate({ error, signal, path, action: "write" });
    }
  }

  async get(path: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const target = this.#locate(path);
    try {
      const bytes = await readFile(target, { signal });
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } catch (error) {
      throw this.#translate({ error, signal, path, action: "read" });
    }
  }

  async delete(path: string): Promise<void> {
    const target = this.#locate(path);
    try {
      await rm(temporaryOf(target), { force: true });
      await rm(target, { force: true });
    } catch (error) {
      // A file where one of the path's folders should be: nothing can be below it.
      if (isErrno(error, "ENOTDIR")) return;
      throw this.#translate({ error, path, action: "delete" });
    }
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    checkStorePath(prefix);
    const folder = join(this.root, prefix.slice(0, prefix.lastIndexOf("/") + 1));
    try {
      for await (const file of filesBelow(folder)) {
        const path = relative(this.root, file).split(sep).join("/");
        if (!path.startsWith(prefix)) continue;
        const sizeBytes = await sizeOf(file);
        if (sizeBytes !== undefined) yield { path, sizeBytes };
      }
    } catch (error) {
      throw this.#translate({ error, path: prefix, action: "list" });
    }
  }

  /** Nothing is open between two calls. */
  close(): void {}

  #locate(path: string): string {
    checkStorePath(path);
    return join(this.root, path);
  }

  #translate(failure: { error: unknown; signal?: AbortSignal; path: string; action: string }): unknown {
    const { error, signal, path, action } = failure;
    if (signal?.aborted) return signal.reason;
    if (!(error instanceof Error) || !("code" in error)) return error;
    const Failure = action === "read" && isErrno(error, "ENOENT") ? ObjectMissingError : StorageFailingError;
    return new Failure(
      `could not ${action} '${path}' in ${this.root}: ${error.message}`,
      { path, root: this.root, reason: String(error.code) },
      { cause: error },
    );
  }
}

function temporaryOf(target: string): string {
  return join(dirname(target), `${TEMPORARY_PREFIX}${basename(target)}`);
}

/** Creates what is missing of the path and syncs the parents of what it created. */
async function createFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let created = folder; created.length >= first.length; created = dirname(created)) {
    await syncFolder(dirname(created));
  }
}

async function writeDurably(file: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const handle = await open(file, "w");
  try {
    await handle.writeFile(bytes, { signal });
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename is durable only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Files below a folder, depth first; a folder that is not there, or goes while it is read, has none. */
async function* filesBelow(folder: string): AsyncIterable<string> {
  const entries = await opendir(folder).catch((error: unknown) => {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  });
  if (entries === undefined) return;
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

async function sizeOf(file: string): Promise<bigint | undefined> {
  try {
    return (await stat(file, { bigint: true })).size;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
