import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export type AnvilOptions = {
  /** Seconds between blocks; without it a block is mined for each transaction. */
  readonly blockTime?: number;
  /** Any free port when absent. */
  readonly port?: number;
  /** Read at the start if it exists, written at {@link Anvil.stop}, in place: a kill meanwhile leaves half a file. */
  readonly stateFile?: string;
  /** Further arguments of the `anvil` command. */
  readonly args?: readonly string[];
  /** How long the first answer may take; loading a big state takes longest. */
  readonly startTimeoutMs?: number;
};

/** A running Anvil: a real EVM node with ten funded accounts, chain id 31337 unless told otherwise. */
export type Anvil = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process has ended, however that came, and its cache is removed. */
  readonly exited: Promise<void>;
  /** SIGTERM, and SIGKILL when it does not end in time. Idempotent. */
  stop(): Promise<void>;
  /** SIGKILL. Idempotent. */
  kill(): Promise<void>;
};

const HOST = "127.0.0.1";
const STOP_TIMEOUT_MS = 10_000;

/**
 * Starts Anvil on the loopback address and waits until it answers. It gets a process group of its own, so that Ctrl-C
 * in a terminal ends it only through its owner. Whoever starts it must end it.
 *
 * @throws Error with what Anvil wrote to its standard error, when it ends or stays silent instead
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  // Old states go to ~/.foundry otherwise, and stay there after a kill: 870 MB in an hour of tests (2026-11-24).
  const cache = await mkdtemp(join(tmpdir(), "anvil-cache-"));
  const child = spawn(anvilBinary(), [...anvilArguments(options), "--cache-path", cache], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const exited = endOf(child).then(() => rm(cache, { recursive: true, force: true }));
  const complaint = lastLines(child.stderr);
  const kill = () => end(child, exited, "SIGKILL");
  try {
    const timeout = AbortSignal.timeout(options.startTimeoutMs ?? 60_000);
    const port = await Promise.race([portOf(child, timeout), exited.then(() => undefined)]);
    if (port === undefined || child.pid === undefined) throw new Error(complaint() || "it ended without a word");
    const url = `http://${HOST}:${port}`;
    // It would print a line for each request; the answer also shows that it serves.
    await callAnvil(url, "anvil_setLoggingEnabled", [false], timeout);
    child.stdout.resume();
    return { url, port, pid: child.pid, exited, kill, stop: () => end(child, exited, "SIGTERM") };
  } catch (error) {
    await kill();
    throw new Error(`Anvil did not start: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** One JSON-RPC call, for the methods of Anvil that need no client. */
export async function callAnvil(
  url: string,
  method: string,
  params: readonly unknown[],
  signal: AbortSignal,
): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    signal,
  });
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } }; // JSON-RPC 2.0
  if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}

/** The program for this platform, found as the package's launcher does; that one ends before Anvil has on a signal. */
function anvilBinary(): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const extension = process.platform === "win32" ? ".exe" : "";
  const platformPackage = `@foundry-rs/anvil-${process.platform}-${architecture}`;
  const launcher = createRequire(import.meta.url).resolve("@foundry-rs/anvil/package.json");
  try {
    return createRequire(launcher).resolve(`${platformPackage}/bin/anvil${extension}`);
  } catch (error) {
    throw new Error(`Anvil has no program for this platform: the package ${platformPackage} is not installed`, {
      cause: error,
    });
  }
}

function anvilArguments({ blockTime, port, stateFile, args = [] }: AnvilOptions): string[] {
  return [
    ...["--host", HOST, "--port", String(port ?? 0)],
    ...(blockTime === undefined ? [] : ["--block-time", String(blockTime)]),
    ...(stateFile === undefined ? [] : ["--state", stateFile]),
    ...args,
  ];
}

/** Anvil chooses a port itself when given 0, and prints it. */
async function portOf(child: ChildProcess & { stdout: Readable }, signal: AbortSignal): Promise<number | undefined> {
  const lines = createInterface({ input: child.stdout, signal });
  for await (const line of lines) {
    const port = /^Listening on .*:([0-9]+)$/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  signal.throwIfAborted();
  return undefined;
}

async function endOf(child: ChildProcess): Promise<void> {
  try {
    await once(child, "exit");
  } catch {
    // It could not be spawned at all, which is an end too: there is no port and no process id.
  }
}

function lastLines(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-2_000);
  });
  return () => text.trim().split("\n")[0] ?? "";
}

async function end(child: ChildProcess, exited: Promise<void>, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  const killer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(killer);
}
