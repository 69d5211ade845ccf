import fc from "fast-check";
import { expect, test } from "vitest";
import { inOrder } from "./in-order.ts";

const never = new AbortController().signal;
const MAX_BYTES = 1000;

test("in whatever order the fetches end, the range comes in order and whole", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.nat({ max: 20 }),
      fc.integer({ min: 1, max: 5 }),
      async (scheduler, end, concurrency) => {
        const numbers = (async () => {
          const seen: bigint[] = [];
          const window = {
            range: { start: 0n, end: BigInt(end) },
            concurrency,
            maxBytes: MAX_BYTES,
            fetch: (number: bigint) => scheduler.schedule(Promise.resolve({ number, sizeBytes: 1 })),
          };
          for await (const { number } of inOrder(window, never)) seen.push(number);
          return seen;
        })();
        await scheduler.waitFor(numbers);
        expect(await numbers).toEqual(Array.from({ length: end + 1 }, (_, number) => BigInt(number)));
      },
    ),
  );
});

test("when sizes are known, what waits and what is under way stays within the bytes; one item is always let through", async () => {
  const sizes = [400, 400, 400, 5000, 400, 400, 400, 400];
  let held = 0;
  let most = 0;
  const window = {
    range: { start: 0n, end: 7n },
    concurrency: 8,
    maxBytes: MAX_BYTES,
    fetch: async (number: bigint) => {
      held += 1;
      // The first fetches start before any size is known.
      if (number > 7n - 3n) most = Math.max(most, held);
      return { number, sizeBytes: sizes[Number(number)] ?? 0 };
    },
  };
  let count = 0;
  for await (const _ of inOrder({ ...window, concurrency: 3 }, never)) {
    held -= 1;
    count += 1;
  }
  expect(count).toBe(8);
  expect(most).toBeLessThanOrEqual(1);
});

test("a fetch that fails before its turn is told at its turn, after those before it", async () => {
  const window = {
    range: { start: 0n, end: 2n },
    concurrency: 3,
    maxBytes: MAX_BYTES,
    fetch: async (number: bigint) => {
      if (number === 1n) throw new Error("block 1 is pruned");
      // By then Node has reported every rejection that nobody waits for.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      return { number, sizeBytes: 1 };
    },
  };
  const seen: bigint[] = [];
  const reading = (async () => {
    for await (const { number } of inOrder(window, never)) seen.push(number);
  })();
  await expect(reading).rejects.toThrow("block 1 is pruned");
  expect(seen).toEqual([0n]);
});
