import { expect, test } from "vitest";
import { phaseOf } from "./phase.ts";
import { liveReport, runState } from "./run-state.fixture.ts";

const at = (fetchedBlock: bigint, targetBlock: bigint | null = null) =>
  phaseOf(runState({ targetBlock, live: liveReport({ headBlock: 2_000n, fetchedBlock }) }));

test("a job follows once it has fetched all but the last 32 blocks", () => {
  expect(at(1_967n)).toBe("CATCHING_UP");
  expect(at(1_968n)).toBe("FOLLOWING");
  expect(at(2_000n)).toBe("FOLLOWING");
});

test("an endpoint that falls behind what was fetched is no reason to catch up", () => {
  expect(at(2_010n)).toBe("FOLLOWING");
});

test("a job whose target is there already catches up to its end", () => {
  expect(at(1_990n, 2_000n)).toBe("CATCHING_UP");
  expect(at(1_990n, 2_001n)).toBe("FOLLOWING");
});

test("published blocks count where nothing is fetched yet", () => {
  const live = liveReport({ fetchedBlock: null });
  expect(phaseOf(runState({ currentBlock: 1_990n, live }))).toBe("FOLLOWING");
  expect(phaseOf(runState({ currentBlock: null, live }))).toBe("CATCHING_UP");
});

test("before its first report it catches up", () => {
  expect(phaseOf(runState({ live: undefined }))).toBe("CATCHING_UP");
});

test.each(["SCHEDULED", "COMPLETED", "STOPPED", "FAILED"] as const)("a job that is %s is idle", (status) => {
  expect(phaseOf(runState({ status }))).toBe("IDLE");
});

test.each(["STOP_REQUESTED", "STOPPING"] as const)("a job that is %s is still at it", (status) => {
  expect(phaseOf(runState({ status }))).toBe("CATCHING_UP");
});
