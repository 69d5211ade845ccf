import { expect, test } from "vitest";
import { openReplay } from "../../test/open-replay.ts";
import { makeEmptyBlocks } from "../../test/recorded-chain.ts";
import type { ReplayScript } from "../../test/replay-server.ts";
import type { ChainBlock } from "./chain-block.ts";

const blocks = makeEmptyBlocks(0, 50);
const everything = { start: 0n, end: 49n };

/** Leaves requests for blocks from `first` on unanswered. */
function silentFrom(first: number): ReplayScript {
  return (calls) => Number(calls[0]?.params[0]) >= first;
}

async function read(source: AsyncIterable<ChainBlock>, onBlock: (number: bigint) => void): Promise<void> {
  for await (const { number } of source) onBlock(number);
}

test.each([{ overSocket: false }, { overSocket: true }])(
  "an abort in the middle ends with the signal's own reason (socket: $overSocket)",
  async ({ overSocket }) => {
    const { chain, server } = await openReplay(
      { blocks, script: silentFrom(5), isSilent: ({ params }) => Number(params[0]) >= 5 },
      { overSocket },
    );
    const stop = new AbortController();
    const reason = new Error("the operator asked for a stop");
    const reading = read(chain.blocks(everything, stop.signal), (number) => {
      if (number === 4n) queueMicrotask(() => stop.abort(reason));
    });
    await expect(reading).rejects.toBe(reason);
    await expect.poll(() => server.openRequests).toBe(0);
  },
);

test("a signal that is aborted already starts no request", async () => {
  const { chain, server } = await openReplay({ blocks });
  const reason = new Error("too late");
  await expect(chain.head(AbortSignal.abort(reason))).rejects.toBe(reason);
  await expect(read(chain.blocks(everything, AbortSignal.abort(reason)), () => undefined)).rejects.toBe(reason);
  expect(server.calls).toEqual([]);
});

test("an abort ends the wait that Retry-After asks for", async () => {
  const { chain, server } = await openReplay({
    blocks,
    script: (_calls, response) => {
      response.writeHead(429, { "retry-after": "50" }).end();
      return true;
    },
  });
  const stop = new AbortController();
  const reason = new Error("stop");
  const head = chain.head(stop.signal);
  await expect.poll(() => server.calls.length).toBe(1);
  stop.abort(reason);
  await expect(head).rejects.toBe(reason);
});

test("a consumer that breaks leaves no request running and no rejection behind", async () => {
  const { chain, server } = await openReplay({ blocks, script: silentFrom(3) }, { concurrency: 8 });
  for await (const { number } of chain.blocks(everything, new AbortController().signal)) {
    if (number === 2n) break;
  }
  await expect.poll(() => server.openRequests).toBe(0);
  const asked = server.calls.length;
  // The chain is still good for the next range, and nothing of the first one is asked again.
  await read(chain.blocks({ start: 0n, end: 1n }, new AbortController().signal), () => undefined);
  expect(server.calls.length).toBe(asked + 4);
});

test("a failing block ends the requests for those behind it", async () => {
  const { chain, server } = await openReplay(
    {
      blocks,
      script: silentFrom(3),
      answer: ({ params }) => (params[0] === "0x2" ? { error: { code: -32000, message: "pruned" } } : undefined),
    },
    { concurrency: 8 },
  );
  await expect(read(chain.blocks(everything, new AbortController().signal), () => undefined)).rejects.toThrow("pruned");
  await expect.poll(() => server.openRequests).toBe(0);
});

test("closing the chain ends what runs, and later calls are refused", async () => {
  const { chain, server } = await openReplay({ blocks, script: silentFrom(0) });
  const reading = read(chain.blocks(everything, new AbortController().signal), () => undefined);
  const outcome = expect(reading).rejects.toThrow("the connection to endpoint replay was closed");
  await expect.poll(() => server.openRequests).toBeGreaterThan(0);
  chain.close();
  chain.close();
  await outcome;
  await expect.poll(() => server.openRequests).toBe(0);
  await expect(chain.head(new AbortController().signal)).rejects.toThrow("was closed");
});

test("an abort ends the wait for a turn, and gives the turn to the next", async () => {
  let isSilent = true;
  const { chain, server } = await openReplay({ blocks, script: () => isSilent }, { concurrency: 1 });
  const [first, second] = [new AbortController(), new AbortController()];
  const reason = new Error("stop");
  const running = expect(chain.block(0n, first.signal)).rejects.toBe(reason);
  const waiting = expect(chain.block(1n, second.signal)).rejects.toBe(reason);
  const last = chain.block(2n, new AbortController().signal);
  await expect.poll(() => server.openRequests).toBe(1);
  second.abort(reason);
  await waiting;
  isSilent = false;
  first.abort(reason);
  await running;
  expect((await last)?.number).toBe(2n);
  expect(server.calls.map(({ params }) => params[0])).toEqual(["0x0", "0x2"]);
});
