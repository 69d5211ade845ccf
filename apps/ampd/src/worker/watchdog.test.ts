import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Watchdog } from "./watchdog.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function startWatchdog() {
  const onStall = vi.fn();
  return { watchdog: new Watchdog({ limitMs: 1_000, onStall }, "starting"), onStall };
}

test("what never advances is noticed when the limit is over, once", () => {
  const { onStall } = startWatchdog();
  vi.advanceTimersByTime(999);
  expect(onStall).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(onStall.mock.calls).toEqual([["starting", 1_000]]);
});

test("the limit counts from the last advance, and the last stage that was named is blamed", () => {
  const { watchdog, onStall } = startWatchdog();
  for (let step = 0; step < 5; step += 1) {
    vi.advanceTimersByTime(900);
    if (step === 2) watchdog.enter("writing", "STORE");
    else watchdog.advance();
  }
  vi.advanceTimersByTime(999);
  expect(onStall).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(onStall.mock.calls).toEqual([["writing", 1_000]]);
});

test("it tells what the present stage depends on, and how long nothing has advanced", () => {
  const { watchdog } = startWatchdog();
  expect(watchdog.awaited).toBe("NOTHING");
  watchdog.enter("writing", "STORE");
  vi.advanceTimersByTime(300);
  expect(watchdog.idleMs).toBe(300);
  watchdog.advance();
  expect([watchdog.idleMs, watchdog.awaited]).toEqual([0, "STORE"]);
});

test("what was stopped is not noticed, and leaves no timer", () => {
  const { watchdog, onStall } = startWatchdog();
  watchdog.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(10_000);
  expect(onStall).not.toHaveBeenCalled();
});
