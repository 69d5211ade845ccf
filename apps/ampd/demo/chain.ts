import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Anvil, callAnvil, startAnvil } from "./anvil.ts";
import { saveState, unpackState } from "./chain-state.ts";
import { runTraffic } from "./traffic.ts";

/**
 * The local chain of `npm start`, as a process of its own: `fork("chain.ts", ["--state", FILE])`. It goes on where the
 * state file stands, mines a block a second with traffic, and saves itself as it goes. Anvil could do that itself
 * (`--state-interval`), but writes in place: of six kills one left half a file (3,000 blocks, 2026-11-24).
 *
 * ```
 *   parent ── {type:"stop"}, or its death ──►  chain.ts  ── owns ──►  Anvil
 *          ◄── ChainMessage ─────────────────            ◄─ JSON-RPC ─ anybody
 * ```
 *
 * Ctrl-C reaches every process of the terminal. This one lets it pass: its parent reads from the chain until it has
 * drained, then says stop.
 */
export type ChainMessage =
  | { readonly type: "ready"; readonly url: string; readonly chainId: number }
  | { readonly type: "failed"; readonly message: string };

const BLOCK_TIME_S = 1;
const MAX_RESTARTS = 5;

/**
 * A save costs 0.3 ms a block (3,000 blocks of 8 transactions: 0.9 s, 8 MB packed, 69 MB unpacked; 2026-11-24), so the
 * time between saves grows with it. Not without limit: what a crash loses must stay a reorg above the finalized block,
 * which is head − 64 with Anvil.
 */
const PAUSE_PER_SAVE = 10;
const MIN_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;

await main();

async function main(): Promise<void> {
  const stop = new AbortController();
  process.on("SIGINT", () => undefined);
  process.on("SIGHUP", () => undefined);
  process.on("SIGTERM", () => stop.abort());
  process.on("disconnect", () => stop.abort());
  process.on("message", (message: { type?: unknown }) => {
    if (message.type === "stop") stop.abort();
  });
  try {
    const { values } = parseArgs({ options: { state: { type: "string" } } });
    if (values.state === undefined) throw new Error("name the file of the chain's state with --state");
    if (process.send === undefined)
      throw new Error("chain.ts runs as the child of another process: start it with fork");
    await runChain(values.state, stop.signal);
  } catch (error) {
    stop.abort();
    process.exitCode = 1;
    await report({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  }
  if (process.connected) process.disconnect();
}

/** Runs until the signal aborts, and leaves no process behind. */
async function runChain(stateFile: string, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(stateFile), { recursive: true });
  let anvil = await startFrom(stateFile, 0);
  try {
    // The genesis has the time of the first start in it: from now on there is only this one.
    await saveState(anvil.url, stateFile);
    const chainId = await callAnvil(anvil.url, "eth_chainId", [], AbortSignal.timeout(5_000));
    await report({ type: "ready", url: anvil.url, chainId: Number(chainId) });
    const traffic = runTraffic(anvil.url, signal);
    for (let restarts = 0; (await keepSaving(anvil, stateFile, signal)) === "ended"; restarts++) {
      if (restarts === MAX_RESTARTS) throw new Error(`the local chain ended by itself ${restarts + 1} times`);
      anvil = await startFrom(stateFile, anvil.port);
    }
    await traffic;
    await saveLast(anvil, stateFile);
  } finally {
    await anvil.stop();
  }
}

async function startFrom(stateFile: string, port: number): Promise<Anvil> {
  const unpacked = await unpackState(stateFile);
  try {
    // By itself Anvil keeps old states under ~/.foundry; nobody asks this chain for the past of an account.
    const loadState = unpacked === undefined ? [] : ["--load-state", unpacked];
    return await startAnvil({ blockTime: BLOCK_TIME_S, port, args: ["--prune-history", ...loadState] });
  } finally {
    if (unpacked !== undefined) await rm(unpacked, { force: true });
  }
}

/** Resolves when the signal aborts, or when Anvil has ended by itself. */
async function keepSaving(anvil: Anvil, stateFile: string, signal: AbortSignal): Promise<"stopped" | "ended"> {
  const ended = new AbortController();
  void anvil.exited.then(() => ended.abort());
  const until = AbortSignal.any([signal, ended.signal]);
  while (!until.aborted) {
    const began = performance.now();
    if (!(await unlessEnded(anvil, () => saveState(anvil.url, stateFile)))) return "ended";
    const pauseMs = Math.min(Math.max(PAUSE_PER_SAVE * (performance.now() - began), MIN_PAUSE_MS), MAX_PAUSE_MS);
    await sleep(pauseMs, undefined, { signal: until }).catch(() => undefined);
  }
  return signal.aborted ? "stopped" : "ended";
}

/** No block comes after the last save, or a reader would have seen one that is gone at the next start. */
async function saveLast(anvil: Anvil, stateFile: string): Promise<void> {
  await unlessEnded(anvil, async () => {
    await callAnvil(anvil.url, "evm_setIntervalMining", [0], AbortSignal.timeout(5_000));
    await saveState(anvil.url, stateFile);
  });
}

/** Whether `work` was done; not when Anvil has ended meanwhile, in which case the last save stands. */
async function unlessEnded(anvil: Anvil, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (await hasEnded(anvil)) return false;
    throw error;
  }
}

/** A broken connection is seen a moment before the end of the process. */
async function hasEnded(anvil: Anvil): Promise<boolean> {
  const giveUp = new AbortController();
  const isEnded = await Promise.race([
    anvil.exited.then(() => true),
    sleep(1_000, false, { signal: giveUp.signal }).catch(() => false),
  ]);
  giveUp.abort();
  return isEnded;
}

/** Resolves when the message is on its way; a parent that is gone is no reason to fail. */
async function report(message: ChainMessage): Promise<void> {
  const { resolve, promise } = Promise.withResolvers<void>();
  if (process.send === undefined || !process.connected) {
    if (message.type === "failed") process.stderr.write(`${message.message}\n`);
    return;
  }
  process.send(message, () => resolve());
  await promise;
}
