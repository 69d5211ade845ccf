import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Slot } from "./slot.ts";

const INTERVAL_MS = 100;
const END = { done: true, value: undefined };

function makeSlot({ intervalMs = 0, keyOf = String }: { intervalMs?: number; keyOf?: (value: number) => string } = {}) {
  const closings: number[] = [];
  const slot = new Slot<number>({ intervalMs, keyOf, onClose: () => closings.push(performance.now()) });
  return { slot, closings };
}

/** What a reader has been given so far. */
function watch<T>(promise: Promise<T>): { value: T | undefined } {
  const seen: { value: T | undefined } = { value: undefined };
  void promise.then((value) => {
    seen.value = value;
  });
  return seen;
}

describe("a slot without an interval", () => {
  test("gives a value that is there at once, and a later one when it comes", async () => {
    const { slot } = makeSlot();
    slot.offer(1, false);
    expect(await slot.next()).toEqual({ done: false, value: 1 });
    const waiting = slot.next();
    slot.offer(2, false);
    expect(await waiting).toEqual({ done: false, value: 2 });
  });

  test("holds the latest value only", async () => {
    const { slot } = makeSlot();
    for (const value of [1, 2, 3]) slot.offer(value, false);
    expect(await slot.next()).toEqual({ done: false, value: 3 });
    const second = watch(slot.next());
    await Promise.resolve();
    expect(second.value).toBeUndefined();
    slot.offer(4, true);
    await expect.poll(() => second.value).toEqual({ done: false, value: 4 });
  });

  test("drops a value with the key of the one delivered before, and what it replaces", async () => {
    const { slot } = makeSlot({ keyOf: (value) => String(value % 10) });
    slot.offer(1, false);
    await slot.next();
    slot.offer(2, false);
    slot.offer(11, false);
    const waiting = watch(slot.next());
    await Promise.resolve();
    expect(waiting.value).toBeUndefined();
    slot.offer(12, false);
    await expect.poll(() => waiting.value).toEqual({ done: false, value: 12 });
  });

  test("ends after the last value, and takes no other", async () => {
    const { slot, closings } = makeSlot();
    slot.offer(1, true);
    slot.offer(2, false);
    expect(await slot.next()).toEqual({ done: false, value: 1 });
    expect(closings).toEqual([]);
    expect(await slot.next()).toEqual(END);
    expect(await slot.next()).toEqual(END);
    expect(closings).toHaveLength(1);
  });

  test("ends without a last value that shows nothing new", async () => {
    const { slot } = makeSlot();
    slot.offer(1, false);
    await slot.next();
    slot.offer(1, true);
    expect(await slot.next()).toEqual(END);
  });

  test("finishes after what nobody has read, or at once", async () => {
    const full = makeSlot();
    full.slot.offer(1, false);
    full.slot.finish();
    expect(await full.slot.next()).toEqual({ done: false, value: 1 });
    expect(await full.slot.next()).toEqual(END);
    const empty = makeSlot();
    const waiting = empty.slot.next();
    empty.slot.finish();
    expect(await waiting).toEqual(END);
    expect(empty.closings).toHaveLength(1);
  });

  test("return while a reader waits ends both at once, and closes once", async () => {
    const { slot, closings } = makeSlot();
    const waiting = slot.next();
    expect(await slot.return()).toEqual(END);
    expect(await waiting).toEqual(END);
    await slot.return();
    slot.finish();
    slot.offer(1, false);
    expect(await slot.next()).toEqual(END);
    expect(closings).toHaveLength(1);
  });

  test("answers every reader, in the order of their calls", async () => {
    const { slot } = makeSlot();
    const readers = [slot.next(), slot.next(), slot.next()];
    slot.offer(1, false);
    slot.offer(2, true);
    expect(await Promise.all(readers)).toEqual([{ done: false, value: 1 }, { done: false, value: 2 }, END]);
  });
});

describe("a slot with an interval", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  test("gives at most one value in an interval, and the latest at its end", async () => {
    const { slot } = makeSlot({ intervalMs: INTERVAL_MS });
    slot.offer(1, false);
    await slot.next();
    slot.offer(2, false);
    const waiting = watch(slot.next());
    await vi.advanceTimersByTimeAsync(INTERVAL_MS - 1);
    slot.offer(3, false);
    await vi.advanceTimersByTimeAsync(0);
    expect(waiting.value).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(waiting.value).toEqual({ done: false, value: 3 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("gives a value that comes after the interval at once", async () => {
    const { slot } = makeSlot({ intervalMs: INTERVAL_MS });
    slot.offer(1, false);
    await slot.next();
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
    slot.offer(2, false);
    expect(await slot.next()).toEqual({ done: false, value: 2 });
  });

  test("does not make the last value wait, and leaves no timer", async () => {
    const { slot } = makeSlot({ intervalMs: INTERVAL_MS });
    slot.offer(1, false);
    await slot.next();
    slot.offer(2, false);
    const waiting = slot.next();
    expect(vi.getTimerCount()).toBe(1);
    slot.offer(3, true);
    expect(await waiting).toEqual({ done: false, value: 3 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("leaves no timer when it is given back while it waits", async () => {
    const { slot } = makeSlot({ intervalMs: INTERVAL_MS });
    slot.offer(1, false);
    await slot.next();
    slot.offer(2, false);
    const waiting = slot.next();
    await slot.return();
    expect(await waiting).toEqual(END);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("keeps a value for a reader who comes late, with no timer meanwhile", async () => {
    const { slot } = makeSlot({ intervalMs: INTERVAL_MS });
    slot.offer(1, false);
    await slot.next();
    slot.offer(2, false);
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(INTERVAL_MS);
    expect(await slot.next()).toEqual({ done: false, value: 2 });
  });

  const step = fc.oneof(
    fc.record({ kind: fc.constant("offer" as const), digit: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ kind: fc.constant("read" as const) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 2 * INTERVAL_MS }) }),
  );
  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
  /** The key is the last digit; what stands before it tells the offers apart. */
  const keyOf = (value: number) => String(value % 10);

  async function play(steps: readonly Step[]) {
    const { slot, closings } = makeSlot({ intervalMs: INTERVAL_MS, keyOf });
    const got: { value: number; atMs: number }[] = [];
    const reads: Promise<void>[] = [];
    let offers = 0;
    const read = async () => {
      const { done, value } = await slot.next();
      if (!done) got.push({ value, atMs: performance.now() });
    };
    const offer = (digit: number, isLast: boolean) => {
      offers += 1;
      slot.offer(offers * 10 + digit, isLast);
    };
    for (const each of steps) {
      if (each.kind === "offer") offer(each.digit, false);
      else if (each.kind === "read") reads.push(read());
      else await vi.advanceTimersByTimeAsync(each.ms);
    }
    await vi.advanceTimersByTimeAsync(0);
    const paced = got.length;
    offer(4, true);
    await Promise.all([...reads, read(), read()]);
    return { got, paced, last: offers * 10 + 4, closings };
  }

  test("whatever is offered and read, values rise, keep their distance, and the last one comes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { got, paced, last, closings } = await play(steps);
        const pairs = got.slice(1).map((later, index) => ({ earlier: got[index] ?? later, later, index: index + 1 }));
        for (const { earlier, later, index } of pairs) {
          expect(later.value).toBeGreaterThan(earlier.value);
          expect(keyOf(later.value)).not.toBe(keyOf(earlier.value));
          if (index < paced) expect(later.atMs - earlier.atMs).toBeGreaterThanOrEqual(INTERVAL_MS);
        }
        expect(got.at(-1)?.value).toBe(last);
        expect(closings).toHaveLength(1);
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
