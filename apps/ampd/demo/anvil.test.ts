import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { type AnvilOptions, callAnvil, startAnvil } from "./anvil.ts";

async function start(options?: AnvilOptions) {
  const anvil = await startAnvil(options);
  onTestFinished(() => anvil.kill());
  return anvil;
}

function call(url: string, method: string, params: unknown[] = []): Promise<unknown> {
  return callAnvil(url, method, params, AbortSignal.timeout(5_000));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("Anvil answers at once at a port that it chose itself", async () => {
  const [one, other] = await Promise.all([start(), start()]);
  expect(await call(one.url, "eth_chainId")).toBe("0x7a69");
  expect(await call(other.url, "eth_blockNumber")).toBe("0x0");
  expect(one.port).not.toBe(other.port);
});

test("Anvil takes further arguments", async () => {
  const { url } = await start({ args: ["--chain-id", "4242"] });
  expect(await call(url, "eth_chainId")).toBe("0x1092");
});

test("what Anvil caches is gone with it, even after a kill", async () => {
  const caches = async () => (await readdir(tmpdir())).filter((name) => name.startsWith("anvil-cache-"));
  const before = new Set(await caches());
  const anvil = await start();
  const own = (await caches()).filter((name) => !before.has(name));
  expect(own.length).toBeGreaterThan(0);
  await anvil.kill();
  await vi.waitFor(async () => expect(own.filter((name) => existsSync(join(tmpdir(), name)))).toEqual([]), 10_000);
});

test("a stop ends the process, and so does a kill; both may be said twice", async () => {
  for (const way of ["stop", "kill"] as const) {
    const anvil = await start();
    await Promise.all([anvil[way](), anvil[way]()]);
    await anvil.exited;
    expect(isAlive(anvil.pid)).toBe(false);
    await anvil[way]();
  }
});

test("a state file keeps the chain from a stop to the next start", async () => {
  const folder = await mkdtemp(join(tmpdir(), "anvil-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const stateFile = join(folder, "state.json");
  const first = await start({ stateFile });
  await call(first.url, "anvil_mine", ["0x5"]);
  const block = await call(first.url, "eth_getBlockByNumber", ["0x3", true]);
  await first.stop();

  const second = await start({ stateFile });
  expect(await call(second.url, "eth_getBlockByNumber", ["0x3", true])).toEqual(block);
  expect(await call(second.url, "eth_blockNumber")).toBe("0x5");
});

test("a port that is taken is refused with Anvil's own words, and no process is left", async () => {
  const { port } = await start();
  await expect(startAnvil({ port })).rejects.toThrow(/^Anvil did not start: .*in use/);
});

test("an error of a call names the method", async () => {
  const { url } = await start();
  await expect(call(url, "eth_nonsense")).rejects.toThrow(/^eth_nonsense: /);
});
