import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { DataDirInUseError, StorageFailingError } from "../domain/errors.ts";
import { type DataFolderLock, lockDataFolder } from "./data-lock.ts";

const since = new Date("2026-02-01T10:00:00.000Z");
const locks: DataFolderLock[] = [];

afterEach(() => {
  for (const lock of locks.splice(0)) lock.release();
});

async function makeFolder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "ampd-lock-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function lock(directory: string): DataFolderLock {
  const taken = lockDataFolder(directory, { pid: process.pid, role: "here", since });
  locks.push(taken);
  return taken;
}

/** Another process that takes the folder, and has it when this returns. */
async function lockInChild(directory: string): Promise<ChildProcess & { stderrText(): string }> {
  const script = `
    import { lockDataFolder } from ${JSON.stringify(new URL("data-lock.ts", import.meta.url).href)};
    lockDataFolder(process.argv[1], { pid: process.pid, role: "child", since: new Date("${since.toISOString()}") });
    console.log("held");
    setInterval(() => globalThis.gc(), 50);`;
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "-e", script, directory]);
  onTestFinished(() => void child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  await Promise.race([once(child.stdout, "data"), once(child, "close")]);
  if (child.exitCode !== null) throw new Error(`the child ended: ${stderr}`);
  return Object.assign(child, { stderrText: () => stderr });
}

test("a folder that is not there is created", async () => {
  const directory = join(await makeFolder(), "a", "b");
  lock(directory);
  expect(existsSync(directory)).toBe(true);
});

test("a second opener is told which process has the folder, and since when", async () => {
  const directory = await makeFolder();
  const child = await lockInChild(directory);
  expect(() => lock(directory)).toThrow(
    new DataDirInUseError(directory, `process ${child.pid} (ampd child) since 2026-02-01T10:00:00.000Z`),
  );
});

test("taking the lock prints no warning", async () => {
  const child = await lockInChild(await makeFolder());
  expect(child.stderrText()).toBe("");
});

test("a second opener in the same process is refused too", async () => {
  const directory = await makeFolder();
  lock(directory);
  expect(() => lock(directory)).toThrow(DataDirInUseError);
});

test("the lock is gone when its process is killed with SIGKILL, although its note stays", async () => {
  const directory = await makeFolder();
  const child = await lockInChild(directory);
  child.kill("SIGKILL");
  await once(child, "close");
  expect(existsSync(join(directory, "lock.json"))).toBe(true);
  lock(directory);
  expect(JSON.parse(readFileSync(join(directory, "lock.json"), "utf8"))).toEqual({
    pid: process.pid,
    role: "here",
    since: since.toISOString(),
  });
});

test("a released folder can be taken again, and releasing twice does no harm to the next holder", async () => {
  const directory = await makeFolder();
  const first = lock(directory);
  first.release();
  expect(existsSync(join(directory, "lock.json"))).toBe(false);
  lock(directory);
  first.release();
  expect(existsSync(join(directory, "lock.json"))).toBe(true);
  expect(() => lock(directory)).toThrow(DataDirInUseError);
});

test.each([
  ["is missing", undefined],
  ["is empty", ""],
  ["is not JSON", "{"],
  ["is JSON without a pid", '{"role":"x","since":"y"}'],
  ["is null", "null"],
])("a second opener gets a sentence when the note %s", async (_fault, content) => {
  const directory = await makeFolder();
  lock(directory);
  const note = join(directory, "lock.json");
  if (content === undefined) rmSync(note);
  else writeFileSync(note, content);
  expect(() => lock(directory)).toThrow(
    new DataDirInUseError(directory, "another process, which has left no note of its pid"),
  );
});

test("a note of a process that is gone is called what it is", async () => {
  const directory = await makeFolder();
  const dead = spawn(process.execPath, ["--version"]);
  await once(dead, "close");
  lock(directory);
  writeFileSync(join(directory, "lock.json"), JSON.stringify({ pid: dead.pid, role: "old", since: "2026-01-01" }));
  expect(() => lock(directory)).toThrow(
    new DataDirInUseError(
      directory,
      `another process; the last one to leave a note, process ${dead.pid} (ampd old) since 2026-01-01, is not running here`,
    ),
  );
});

test.each([
  ["lies below a file", (directory: string) => join(directory, "file", "data")],
  ["is a file", (directory: string) => join(directory, "file")],
  ["lies in a file system that takes no files", () => "/proc/self/data"],
  ["cannot be written", () => "/proc/self"],
  ["lies below a link to nowhere", (directory: string) => join(directory, "link", "data")],
])("a folder that %s is refused in one sentence", async (_fault, pathIn) => {
  const directory = await makeFolder();
  writeFileSync(join(directory, "file"), "");
  symlinkSync(join(directory, "nowhere"), join(directory, "link"));
  const path = pathIn(directory);
  expect(() => lock(path)).toThrow(StorageFailingError);
  expect(() => lock(path)).toThrow(/^the data folder \S+ cannot be created or written \(.+\): choose another/);
});

test("a lock file that is no lock file is refused", async () => {
  const directory = await makeFolder();
  writeFileSync(join(directory, "lock"), "something else ".repeat(100));
  expect(() => lock(directory)).toThrow(StorageFailingError);
});
