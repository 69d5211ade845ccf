import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DataDirInUseError, StorageFailingError } from "../domain/errors.ts";

/** Who holds the folder: what a second opener is told. */
export type DataFolderOwner = { readonly pid: number; readonly role: string; readonly since: Date };

export type DataFolderLock = { release(): void };

const SQLITE_BUSY = 5;

/** A lock whose handle is garbage-collected is gone: the caller need not keep what it was given. */
const held = new Set<DatabaseSync>();

/**
 * Takes the data folder for this process, and creates it when it is not there. The kernel holds the lock (SQLite's
 * on the file `lock`), so it ends with the process, also at kill -9, which a file with a pid in it does not.
 *
 * Nothing else in this process may open the file `lock`: closing any descriptor of it drops the lock (POSIX).
 * @throws DataDirInUseError which names the process that holds the folder
 * @throws StorageFailingError when the folder cannot be created or written
 */
export function lockDataFolder(directory: string, owner: DataFolderOwner): DataFolderLock {
  createFolder(directory);
  const database = takeLock(directory);
  const note = notePath(directory);
  try {
    writeFileSync(note, `${JSON.stringify({ pid: owner.pid, role: owner.role, since: owner.since })}\n`);
  } catch (error) {
    database.close();
    throw unusable(directory, error);
  }
  held.add(database);
  return {
    release: () => {
      if (!held.delete(database)) return;
      // Before the lock goes: afterwards the note may be another's.
      rmSync(note, { force: true });
      database.close();
    },
  };
}

function createFolder(directory: string): void {
  try {
    makeFolders(resolve(directory));
  } catch (error) {
    throw unusable(directory, error);
  }
}

/** `mkdirSync` with `recursive` never returns below a dangling symbolic link, such as a volume that is not mounted. */
function makeFolders(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path) makeFolders(parent);
  mkdirSync(path);
}

function takeLock(directory: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(directory, "lock"), { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database?.close();
    // The low byte is the primary result code, the rest says which kind of busy.
    const isBusy = error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
    throw isBusy ? new DataDirInUseError(directory, describeHolder(directory)) : unusable(directory, error);
  }
}

function unusable(directory: string, cause: unknown): StorageFailingError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StorageFailingError(
    `the data folder ${directory} cannot be created or written (${reason}): choose another with --data-dir`,
    { directory },
    { cause },
  );
}

function notePath(directory: string): string {
  return join(directory, "lock.json");
}

/** The note is for people only; a holder that was killed, or is just starting, leaves an old one or none. */
function describeHolder(directory: string): string {
  const note = readNote(notePath(directory));
  if (note === undefined) return "another process, which has left no note of its pid";
  const name = `process ${note.pid} (ampd ${note.role}) since ${note.since}`;
  return isRunning(note.pid) ? name : `another process; the last one to leave a note, ${name}, is not running here`;
}

function readNote(path: string): { pid: number; role: string; since: string } | undefined {
  try {
    const { pid, role, since }: Record<string, unknown> = JSON.parse(readFileSync(path, "utf8"));
    const isPid = typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0;
    return isPid && typeof role === "string" && typeof since === "string" ? { pid, role, since } : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, under another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
