/**
 * `npm start`: `ampd solo` on a local chain with traffic, which is kept beside the data; with AMP_RPC_URL or --rpc-url, on
 * that chain. Takes the flags of `ampd solo`.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { parseCommandLine } from "../src/config.ts";
import { fail } from "../src/fail.ts";
import { runSolo } from "../src/roles/solo.ts";
import type { SoloSettings } from "../src/roles/start-solo.ts";
import type { ChainMessage } from "./chain.ts";

/** The local chain makes a block a second: a newcomer should see them arrive. */
const DEFAULTS = { AMP_SEGMENT_INTERVAL: "2s" };

try {
  const command = parseCommandLine(["solo", ...process.argv.slice(2)], { ...DEFAULTS, ...process.env });
  if (command.role !== "solo") throw new Error("npm start runs ampd solo");
  if (command.settings.rpcUrl === undefined) await runOnLocalChain(command.settings);
  else await runSolo(command.settings);
} catch (error) {
  await fail(error);
}

async function runOnLocalChain(settings: SoloSettings): Promise<void> {
  const state = join(resolve(settings.dataDir), "chain", "state.gz");
  const chain = fork(join(import.meta.dirname, "chain.ts"), ["--state", state]);
  try {
    const message = await firstWord(chain);
    if (message.type === "failed") {
      process.stderr.write(`${message.message}\n`);
      process.exitCode = 1;
      return;
    }
    chain.on("message", (later: ChainMessage) => {
      if (later.type === "failed") process.stderr.write(`${later.message}\n`);
    });
    await runSolo({ ...settings, rpcUrl: message.url });
  } finally {
    if (chain.exitCode === null && chain.signalCode === null) {
      const exited = once(chain, "exit");
      if (chain.connected) chain.send({ type: "stop" });
      await exited;
    }
  }
}

/** What the chain says first, or that it ended without a word. */
function firstWord(chain: ChildProcess): Promise<ChainMessage> {
  return new Promise((resolve) => {
    chain.once("message", (message: ChainMessage) => resolve(message));
    chain.once("exit", (code, signal) =>
      resolve({ type: "failed", message: `the local chain ended before it answered (${signal ?? `exit ${code}`})` }),
    );
  });
}
