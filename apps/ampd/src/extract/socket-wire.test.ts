import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { openReplay } from "../../test/open-replay.ts";
import { makeEmptyBlocks, readMainnetBlock } from "../../test/recorded-chain.ts";

const never = new AbortController().signal;

test("a WebSocket carries blocks, receipts and batches like HTTP does", async () => {
  const recorded = readMainnetBlock();
  const { chain } = await openReplay(
    { blocks: [recorded] },
    { overSocket: true, receiptsPerTransaction: true, batchSize: 50 },
  );
  for await (const { block, receipts } of chain.blocks({ start: 15_000_000n, end: 15_000_000n }, never)) {
    expect(block.transactions).toEqual(recorded.block.transactions);
    expect(receipts).toEqual(recorded.receipts);
  }
});

test("many calls may wait for the socket to open", async () => {
  const { chain } = await openReplay({ blocks: makeEmptyBlocks(0, 40) }, { overSocket: true, concurrency: 32 });
  const numbers: bigint[] = [];
  for await (const { number } of chain.blocks({ start: 0n, end: 39n }, never)) numbers.push(number);
  expect(numbers).toHaveLength(40);
});

test("a lost socket is opened again, and the call asked again", async () => {
  let cuts = 1;
  const { chain, server } = await openReplay(
    {
      blocks: makeEmptyBlocks(0, 1),
      isSilent: () => {
        if (cuts-- <= 0) return false;
        server.cutSockets();
        return true;
      },
    },
    { overSocket: true },
  );
  expect((await chain.head(never)).number).toBe(0n);
  expect(server.calls).toHaveLength(2);
});

test("an answer that does not come in time is the endpoint's failure, without a word of the URL", async () => {
  const { chain } = await openReplay({ blocks: [], isSilent: () => true }, { overSocket: true, timeoutMs: 50 });
  await expect(chain.head(never)).rejects.toThrow(
    "endpoint replay did not answer within 50 ms when asked for eth_getBlockByNumber of latest",
  );
});

test("a server that is not there is the endpoint's failure, with the reason", async () => {
  const { chain, server } = await openReplay({ blocks: [] }, { overSocket: true });
  await server[Symbol.asyncDispose]();
  await expect(chain.head(never)).rejects.toThrow("endpoint replay could not be reached: ECONNREFUSED");
});

test("a server that refuses the socket is the endpoint's failure, with its status", async () => {
  const server = createServer().on("upgrade", (_request, socket) => socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo;
  const { chain } = await openReplay({ blocks: [] }, { url: `ws://127.0.0.1:${port}/v3/secret-api-key` });
  await expect(chain.head(never)).rejects.toThrow(
    "endpoint replay could not be reached: Unexpected server response: 401 when asked",
  );
});

test("an answer of 12 MiB is taken", async () => {
  const [first] = makeEmptyBlocks(0, 1);
  const { chain } = await openReplay(
    { blocks: [], answer: () => ({ result: { ...first?.block, padding: "x".repeat(12 * 1024 * 1024) } }) },
    { overSocket: true },
  );
  expect((await chain.block(0n, never))?.number).toBe(0n);
});
