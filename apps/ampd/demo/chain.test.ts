import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, onTestFinished, test, vi } from "vitest";
import { callAnvil } from "./anvil.ts";
import type { ChainMessage } from "./chain.ts";

const CHAIN = join(import.meta.dirname, "chain.ts");
const PATIENT = { timeout: 10_000, interval: 50 };

/** Starts the chain as `npm start` does, and again hands every message of it on, to whoever forked it. */
const PARENT = `
  import { fork } from "node:child_process";
  const chain = fork(process.argv[2], ["--state", process.argv[3]]);
  chain.on("message", (message) => process.send({ ...message, pid: chain.pid }));
`;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chain-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function forkChain(stateFile: string, script = CHAIN, ...args: string[]): ChildProcess {
  const child = fork(script, args.length > 0 ? args : ["--state", stateFile], { execArgv: [], stdio: "pipe" });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.disconnect();
    await once(child, "exit");
  });
  return child;
}

async function readyOf(child: ChildProcess) {
  const [message] = (await once(child, "message")) as [ChainMessage & { pid?: number }];
  if (message.type !== "ready") throw new Error(message.message);
  return message;
}

async function stopChain(child: ChildProcess): Promise<void> {
  child.send({ type: "stop" });
  await once(child, "exit");
}

function call(url: string, method: string, ...params: unknown[]): Promise<unknown> {
  return callAnvil(url, method, params, AbortSignal.timeout(2_000));
}

async function headOf(url: string): Promise<number> {
  return Number(await call(url, "eth_blockNumber"));
}

/** Everything that an extraction reads, up to a block. */
async function contentOf(url: string, head: number) {
  const numbers = Array.from({ length: head + 1 }, (_, block) => `0x${block.toString(16)}`);
  return {
    blocks: await Promise.all(numbers.map((block) => call(url, "eth_getBlockByNumber", block, true))),
    receipts: await Promise.all(numbers.map((block) => call(url, "eth_getBlockReceipts", block))),
    logs: await call(url, "eth_getLogs", { fromBlock: "0x0", toBlock: numbers.at(-1) }),
  };
}

async function reach(url: string, block: number): Promise<number> {
  return vi.waitFor(async () => {
    const head = await headOf(url);
    expect(head).toBeGreaterThanOrEqual(block);
    return head;
  }, PATIENT);
}

/** Pids of the Anvil processes that a process has started. */
async function anvilsOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.split(" ").filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("the chain says where it is, mines, and serves everything it had after a stop and a start", async () => {
  const stateFile = join(await temporaryFolder(), "state", "chain.gz");
  const first = forkChain(stateFile);
  const { url, chainId } = await readyOf(first);
  expect(chainId).toBe(31_337);
  const head = await reach(url, 4);
  const content = await contentOf(url, head);
  await stopChain(first);
  expect(first.exitCode).toBe(0);
  await expect(headOf(url)).rejects.toThrow();

  const second = forkChain(stateFile);
  const again = await readyOf(second);
  expect(await contentOf(again.url, head)).toEqual(content);
  await reach(again.url, head + 2);
}, 30_000);

test("a start that is stopped at once loses no block and leaves only its state behind", async () => {
  const folder = await temporaryFolder();
  const chain = forkChain(join(folder, "chain.gz"));
  await readyOf(chain);
  await stopChain(chain);
  expect(await readdir(folder)).toEqual(["chain.gz"]);
});

test("Ctrl-C passes the chain by until its parent says stop", async () => {
  const chain = forkChain(join(await temporaryFolder(), "chain.gz"));
  const { url } = await readyOf(chain);
  chain.kill("SIGINT");
  chain.kill("SIGHUP");
  await reach(url, (await headOf(url)) + 2);
  await stopChain(chain);
  expect(chain.exitCode).toBe(0);
}, 20_000);

test.skipIf(process.platform !== "linux")(
  "a parent that is killed takes the chain and its Anvil with it, and the next start goes on with the same chain",
  async () => {
    const folder = await temporaryFolder();
    const stateFile = join(folder, "chain.gz");
    const script = join(folder, "parent.mjs");
    await writeFile(script, PARENT);
    const parent = forkChain(stateFile, script, CHAIN, stateFile);
    const { url, pid = 0 } = await readyOf(parent);
    const [anvil = 0] = await anvilsOf(pid);
    const head = await reach(url, 3);
    const content = await contentOf(url, head);
    parent.kill("SIGKILL");
    await vi.waitFor(() => expect([pid, anvil].filter(isAlive)).toEqual([]), PATIENT);

    const next = forkChain(stateFile);
    const again = await readyOf(next);
    expect(await contentOf(again.url, head)).toEqual(content);
  },
  30_000,
);

test.skipIf(process.platform !== "linux")(
  "an Anvil that is killed comes back at the same address with the blocks that were saved",
  async () => {
    const stateFile = join(await temporaryFolder(), "chain.gz");
    const chain = forkChain(stateFile);
    const { url } = await readyOf(chain);
    await vi.waitFor(async () => {
      const { blocks } = JSON.parse(String(gunzipSync(await readFile(stateFile))));
      expect(blocks.length).toBeGreaterThan(2);
    }, PATIENT);
    const content = await contentOf(url, 1);
    for (const anvil of await anvilsOf(chain.pid ?? 0)) process.kill(anvil, "SIGKILL");
    await vi.waitFor(async () => expect(await contentOf(url, 1)).toEqual(content), PATIENT);
    await reach(url, 4);
  },
  30_000,
);

test.skipIf(process.platform !== "linux")(
  "an Anvil that ends again and again is reported, not restarted for ever",
  async () => {
    const chain = forkChain(join(await temporaryFolder(), "chain.gz"));
    await readyOf(chain);
    const failed = once(chain, "message");
    const killer = setInterval(async () => {
      for (const anvil of await anvilsOf(chain.pid ?? 0).catch(() => [])) process.kill(anvil, "SIGKILL");
    }, 400);
    onTestFinished(() => clearInterval(killer));
    const [message] = await failed;
    expect(message).toEqual({
      type: "failed",
      message: expect.stringMatching(/^(the local chain ended|Anvil did not start)/),
    });
    await vi.waitFor(() => expect(chain.exitCode).toBe(1), PATIENT);
  },
  30_000,
);

test("a damaged state file is refused by name, and stays as it is", async () => {
  const stateFile = join(await temporaryFolder(), "chain.gz");
  const first = forkChain(stateFile);
  await readyOf(first);
  await stopChain(first);
  const half = (await readFile(stateFile)).subarray(0, 300);
  await writeFile(stateFile, half);

  const second = forkChain(stateFile);
  const [message] = await once(second, "message");
  expect(message).toEqual({
    type: "failed",
    message: `the state of the local chain in ${stateFile} is damaged: restore it, or remove it together with the extracted data`,
  });
  await vi.waitFor(() => expect(second.exitCode).toBe(1), PATIENT);
  expect(await readFile(stateFile)).toEqual(half);
}, 20_000);

test("a chain without a state file says what it needs", async () => {
  const chain = forkChain("", CHAIN, "--state");
  const [message] = (await once(chain, "message")) as [ChainMessage];
  expect(message).toMatchObject({ type: "failed", message: expect.stringContaining("--state") });
});
