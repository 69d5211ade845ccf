import type { ServerResponse } from "node:http";
import { expect, test, vi } from "vitest";
import { openReplay } from "../../test/open-replay.ts";
import { makeEmptyBlocks } from "../../test/recorded-chain.ts";
import type { ReplayScript } from "../../test/replay-server.ts";
import type { ChainSettings } from "./chain.ts";

const never = new AbortController().signal;
const blocks = makeEmptyBlocks(0, 3);

/** How often a chain said that it advances while it was asked for its head by one request, whatever came of it. */
async function countAdvances(script: ReplayScript, changes: Partial<ChainSettings> = {}): Promise<number> {
  const onAdvance = vi.fn();
  const { chain } = await openReplay({ blocks, script }, { retryDelaysMs: [], timeoutMs: 100, onAdvance, ...changes });
  await chain.head(never).catch(() => undefined);
  return onAdvance.mock.calls.length;
}

const answering = (answer: (response: ServerResponse) => void): ReplayScript => {
  return (_calls, response) => {
    answer(response);
    return true;
  };
};

test.each([
  ["a good answer", () => false],
  ["HTTP 429", answering((response) => response.writeHead(429).end())],
  ["HTTP 503", answering((response) => response.writeHead(503).end())],
  ["HTTP 401", answering((response) => response.writeHead(401).end())],
  ["something that is not JSON", answering((response) => response.end("<html>"))],
] satisfies [string, ReplayScript][])("%s is an advance", async (_, script) => {
  expect(await countAdvances(script)).toBe(1);
});

test.each([
  ["silence", () => true],
  ["a connection that is cut", answering((response) => response.destroy())],
] satisfies [string, ReplayScript][])("%s is none", async (_, script) => {
  expect(await countAdvances(script)).toBe(0);
});

test("a socket's answers are advances, its silence is none", async () => {
  const onAdvance = vi.fn();
  const { chain } = await openReplay(
    { blocks, isSilent: ({ method }) => method === "eth_chainId" },
    { overSocket: true, timeoutMs: 100, retryDelaysMs: [], onAdvance },
  );
  await expect(chain.chainId(never)).rejects.toThrow("did not answer");
  expect(onAdvance).not.toHaveBeenCalled();
  await chain.head(never);
  expect(onAdvance).toHaveBeenCalledTimes(1);
});

test("a wait that the endpoint's limit asks for is an advance every second", async () => {
  let isLimited = true;
  const script: ReplayScript = (_calls, response) => {
    if (!isLimited) return false;
    isLimited = false;
    response.writeHead(429, { "retry-after": "2" }).end();
    return true;
  };
  // The 429, two seconds, the answer.
  expect(await countAdvances(script, { retryDelaysMs: [1] })).toBeGreaterThanOrEqual(4);
});

test("a wait for the provider's budget is an advance every second", async () => {
  const onAdvance = vi.fn();
  // One in three seconds.
  const { chain } = await openReplay({ blocks }, { requestsPerMinute: 20, onAdvance });
  await chain.head(never);
  expect(onAdvance).toHaveBeenCalledTimes(1);
  await chain.head(never);
  expect(onAdvance).toHaveBeenCalledTimes(1 + 3 + 1);
});
