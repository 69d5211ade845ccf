import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { openReplay } from "../../test/open-replay.ts";
import { makeEmptyBlocks, readMainnetBlock } from "../../test/recorded-chain.ts";
import { type ReplayScript, sendJson } from "../../test/replay-server.ts";
import { EndpointFailingError } from "../domain/errors.ts";

const never = new AbortController().signal;
const blocks = makeEmptyBlocks(0, 3);

/** Misbehaves for the first `times` requests. */
function atFirst(times: number, misbehave: (response: ServerResponse) => void): ReplayScript {
  let left = times;
  return (_calls, response) => {
    if (left-- <= 0) return false;
    misbehave(response);
    return true;
  };
}

async function refusalOf(call: Promise<unknown>): Promise<Error> {
  const error = await call.catch((reason: unknown) => reason);
  if (!(error instanceof EndpointFailingError)) throw new Error("the call was not refused", { cause: error });
  return error;
}

test("HTTP 429 holds every request back as long as Retry-After says", async () => {
  const arrivals: number[] = [];
  const limit = atFirst(1, (response) => response.writeHead(429, { "retry-after": "1" }).end("slow down"));
  const { chain } = await openReplay({
    blocks,
    script: (...request) => {
      arrivals.push(performance.now());
      return limit(...request);
    },
  });
  const first = chain.head(never);
  await expect.poll(() => arrivals.length).toBe(1);
  await Promise.all([first, chain.chainId(never)]);
  const [limited = 0, ...later] = arrivals;
  // The second call was on its way already, or came during the pause: only one of the three may lie within the second.
  expect(later.filter((at) => at - limited < 990).length).toBeLessThanOrEqual(1);
  expect(later).toHaveLength(2);
});

test("a pause longer than a minute is refused at once, with its length", async () => {
  const { chain, server } = await openReplay({
    blocks,
    script: atFirst(9, (response) => response.writeHead(429, { "retry-after": "3600" }).end()),
  });
  const refusal = await refusalOf(chain.head(never));
  expect(refusal.message).toBe(
    "endpoint replay answered HTTP 429 and asked for a pause of 3600 s when asked for eth_getBlockByNumber of latest",
  );
  expect(server.calls).toHaveLength(1);
});

test.each([
  ["HTTP 503", (response: ServerResponse) => response.writeHead(503).end()],
  ["a connection cut in the middle of the body", cutInTheMiddle],
  ["a connection cut before the answer", (response: ServerResponse) => response.destroy()],
  ["garbage in the place of JSON", (response: ServerResponse) => response.end('{"jsonrpc":"2.0","id":0,"resu')],
  ["a page in HTML with status 200", (response: ServerResponse) => response.end("<html><body>Welcome</body></html>")],
  ["JSON that is no answer", (response: ServerResponse) => sendJson(response, ["hello"])],
  ["a rate limit told in JSON", (response: ServerResponse) => rpcError(response, -32005, "too many requests")],
  ["a fault inside the node", (response: ServerResponse) => rpcError(response, -32603, "internal error")],
])("%s is met with another try", async (_name, misbehave) => {
  const { chain, server } = await openReplay({ blocks, script: atFirst(2, misbehave) });
  expect((await chain.head(never)).number).toBe(2n);
  expect(server.calls).toHaveLength(3);
});

test.each([
  ["answered HTTP 502", (response: ServerResponse) => response.writeHead(502).end("<html>Bad Gateway</html>")],
  ["answered something that is not JSON", (response: ServerResponse) => response.end("<html>https://x.y/key</html>")],
  ["could not be reached: UND_ERR_SOCKET", (response: ServerResponse) => response.destroy()],
])("an endpoint that always %s is given up after the retries, without a word of the URL", async (what, misbehave) => {
  const { chain, server } = await openReplay({ blocks, script: atFirst(99, misbehave) });
  const refusal = await refusalOf(chain.block(1n, never));
  expect(refusal.message).toBe(`endpoint replay ${what} when asked for eth_getBlockByNumber of block 1`);
  expect(server.calls).toHaveLength(4);
});

test("an answer that does not come in time is asked for again", async () => {
  const { chain, server } = await openReplay({ blocks, script: atFirst(1, () => undefined) }, { timeoutMs: 200 });
  expect((await chain.head(never)).number).toBe(2n);
  expect(server.calls).toHaveLength(2);
});

test("a body that stalls counts as late", async () => {
  const { chain } = await openReplay(
    { blocks, script: atFirst(9, (response) => response.write('{"jsonrpc":')) },
    { timeoutMs: 100 },
  );
  expect((await refusalOf(chain.head(never))).message).toContain("did not answer within 100 ms");
});

test("HTTP 401 is not asked again", async () => {
  const { chain, server } = await openReplay({
    blocks,
    script: atFirst(9, (response) => response.writeHead(401).end()),
  });
  expect((await refusalOf(chain.head(never))).message).toContain("answered HTTP 401");
  expect(server.calls).toHaveLength(1);
});

test("a JSON-RPC error is told in the endpoint's words, on one line, without what may be a key", async () => {
  const message = "key secret-api-key is unknown:\nsee https://replay.example/docs?key=secret-api-key";
  const { chain } = await openReplay({ blocks, answer: () => ({ error: { code: -32000, message } }) });
  expect((await refusalOf(chain.head(never))).message).toBe(
    "endpoint replay refused eth_getBlockByNumber of latest: key … is unknown: see … (code -32000)",
  );
});

test.each([
  [200, -32601, "the method eth_getBlockReceipts does not exist/is not available"],
  [200, -32600, "Unsupported method: eth_getBlockReceipts on ETH_MAINNET"],
  [404, -32601, "Method not found"],
  [403, -32000, "eth_getBlockReceipts is not available on the free plan"],
])("HTTP %i with code %i and '%s' means that the method is not served", async (status, code, message) => {
  const recorded = readMainnetBlock();
  const { chain } = await openReplay(
    {
      blocks: [recorded],
      script: (calls, response) => {
        if (calls[0]?.method !== "eth_getBlockReceipts") return false;
        response.statusCode = status;
        rpcError(response, code, message);
        return true;
      },
    },
    { batchSize: 400 },
  );
  for await (const { receipts } of chain.blocks({ start: 15_000_000n, end: 15_000_000n }, never)) {
    expect(receipts).toEqual(recorded.receipts);
  }
});

test("an answer of 12 MiB is taken", async () => {
  const [block] = blocks;
  const { chain } = await openReplay({
    blocks,
    answer: () => ({ result: { ...block?.block, padding: "x".repeat(12 * 1024 * 1024) } }),
  });
  expect((await chain.block(0n, never))?.number).toBe(0n);
});

test("the answers of a batch are matched by id, in whatever order they come", async () => {
  const recorded = readMainnetBlock();
  const { chain, server } = await openReplay(
    {
      blocks: [recorded],
      script: (calls, response) => {
        if (calls.length > 1) sendJson(response, calls.map((call) => server.respond(call)).reverse());
        return calls.length > 1;
      },
    },
    { receiptsPerTransaction: true, batchSize: 50 },
  );
  for await (const { receipts } of chain.blocks({ start: 15_000_000n, end: 15_000_000n }, never)) {
    expect(receipts).toEqual(recorded.receipts);
  }
});

test.each([
  ["short", (answers: object[]) => answers.slice(1)],
  ["with an id twice", (answers: object[]) => [...answers.slice(1), answers[1]]],
  ["with one error for all", () => [{ jsonrpc: "2.0", id: null, error: { code: -32600, message: "batch too large" } }]],
])("a batch answered %s is split until it is answered", async (_name, spoil) => {
  const recorded = readMainnetBlock();
  const { chain, server } = await openReplay(
    {
      blocks: [recorded],
      script: (calls, response) => {
        if (calls.length > 30) sendJson(response, spoil(calls.map((call) => server.respond(call))));
        return calls.length > 30;
      },
    },
    { receiptsPerTransaction: true, batchSize: 100 },
  );
  for await (const { receipts } of chain.blocks({ start: 15_000_000n, end: 15_000_000n }, never)) {
    expect(receipts).toEqual(recorded.receipts);
  }
  expect(Math.max(...server.batches)).toBe(100);
});

test("one call of a batch that fails is asked again by itself", async () => {
  const recorded = readMainnetBlock();
  const failing = recorded.receipts[17]?.transactionHash;
  let failures = 1;
  const { chain, server } = await openReplay(
    {
      blocks: [recorded],
      answer: ({ params }) =>
        params[0] === failing && failures-- > 0 ? { error: { code: -32000, message: "try again" } } : undefined,
    },
    { receiptsPerTransaction: true, batchSize: 400 },
  );
  for await (const { receipts } of chain.blocks({ start: 15_000_000n, end: 15_000_000n }, never)) {
    expect(receipts).toEqual(recorded.receipts);
  }
  expect(server.batches.toSorted((a, b) => b - a).slice(0, 2)).toEqual([348, 1]);
});

test("a batch that meets HTTP 503 is sent again as it is: an endpoint that is down does not get more requests", async () => {
  const recorded = readMainnetBlock();
  const busy = atFirst(2, (response) => response.writeHead(503).end());
  const { chain, server } = await openReplay(
    { blocks: [recorded], script: (calls, ...rest) => calls.length > 1 && busy(calls, ...rest) },
    { receiptsPerTransaction: true, batchSize: 400 },
  );
  for await (const { receipts } of chain.blocks({ start: 15_000_000n, end: 15_000_000n }, never)) {
    expect(receipts).toEqual(recorded.receipts);
  }
  expect(server.batches.filter((size) => size > 1)).toEqual([348, 348, 348]);
});

test("a batch that is not answered in time is split", async () => {
  const recorded = readMainnetBlock();
  const { chain, server } = await openReplay(
    { blocks: [recorded], script: (calls) => calls.length > 200 },
    { receiptsPerTransaction: true, batchSize: 400, timeoutMs: 300 },
  );
  for await (const { receipts } of chain.blocks({ start: 15_000_000n, end: 15_000_000n }, never)) {
    expect(receipts).toEqual(recorded.receipts);
  }
  expect(server.batches.filter((size) => size > 1)).toEqual([348, 174, 174]);
});

test("calls of a batch that meet the rate limit are asked again, the others are not", async () => {
  const recorded = readMainnetBlock();
  const limited = new Set([recorded.receipts[3]?.transactionHash, recorded.receipts[300]?.transactionHash]);
  const { chain, server } = await openReplay(
    {
      blocks: [recorded],
      answer: ({ params }) =>
        limited.delete(params[0]) ? { error: { code: -32005, message: "too many requests" } } : undefined,
    },
    { receiptsPerTransaction: true, batchSize: 400 },
  );
  for await (const { receipts } of chain.blocks({ start: 15_000_000n, end: 15_000_000n }, never)) {
    expect(receipts).toEqual(recorded.receipts);
  }
  expect(server.count("eth_getTransactionReceipt")).toBe(350);
});

test("headers go with every request", async () => {
  const seen: unknown[] = [];
  const { chain } = await openReplay(
    {
      blocks,
      script: (_calls, _response, request) => {
        seen.push(request.headers.authorization);
        return false;
      },
    },
    { headers: { Authorization: "Bearer token" } },
  );
  await chain.head(never);
  expect(seen).toEqual(["Bearer token"]);
});

function cutInTheMiddle(response: ServerResponse): void {
  response.setHeader("content-length", "1000");
  response.write('{"jsonrpc":"2.0"', () => response.destroy());
}

function rpcError(response: ServerResponse, code: number, message: string): void {
  sendJson(response, { jsonrpc: "2.0", id: 0, error: { code, message } });
}
