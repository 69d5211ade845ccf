import { describe, expect, test } from "vitest";
import { MOVERS, moversOf, PAIRS, STATUSES } from "../../test/model/arrows.ts";
import {
  ACTIVE_STATUSES,
  ARROWS,
  allowedActions,
  canMove,
  ENDED_STATUSES,
  isEnded,
  JOB_STATUSES,
  type JobAction,
  type JobStatus,
  OWNED_STATUSES,
  sourcesOf,
} from "./job.ts";

describe("the arrows", () => {
  test("are asked about 49 pairs", () => {
    expect(PAIRS).toHaveLength(49);
    expect(new Set(JOB_STATUSES)).toEqual(new Set(STATUSES));
  });

  test.each(PAIRS)("%s → %s are as the design lists them, mover by mover", (from, to) => {
    const movers = moversOf(from, to);
    expect(canMove(from, to)).toBe(movers.length > 0);
    expect(MOVERS.filter((by) => canMove(from, to, by))).toEqual(MOVERS.filter((by) => movers.includes(by)));
  });

  test("stand in the table once each", () => {
    const pairs = ARROWS.map(({ from, to }) => `${from} → ${to}`);
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  test("never leave an ended status", () => {
    expect(ARROWS.filter(({ from }) => isEnded(from))).toEqual([]);
  });

  test("lead from SCHEDULED to every status", () => {
    expect(reachableFrom("SCHEDULED")).toEqual(new Set(JOB_STATUSES));
  });

  test("lead from every active status to an end", () => {
    for (const status of ACTIVE_STATUSES) expect([...reachableFrom(status)].some(isEnded)).toBe(true);
  });

  test("give the reaper a way out of every status in which a worker can die", () => {
    for (const status of OWNED_STATUSES) {
      expect(JOB_STATUSES.some((to) => canMove(status, to, "reaper"))).toBe(true);
    }
  });

  test("name the states that a guarded update may start from", () => {
    expect(new Set(sourcesOf("STOPPED", "reaper"))).toEqual(new Set(["STOP_REQUESTED", "STOPPING"]));
    expect(new Set(sourcesOf("COMPLETED", "owner"))).toEqual(new Set(["RUNNING", "STOP_REQUESTED", "STOPPING"]));
    expect(sourcesOf("COMPLETED", "operator")).toEqual([]);
  });
});

describe("the groups of statuses", () => {
  test("ended and active share no status and leave none out", () => {
    expect([...ACTIVE_STATUSES, ...ENDED_STATUSES].toSorted()).toEqual(JOB_STATUSES.toSorted());
  });

  test("owned are the active ones without SCHEDULED", () => {
    expect([...OWNED_STATUSES]).toEqual(ACTIVE_STATUSES.filter((status) => status !== "SCHEDULED"));
  });
});

describe("the actions of an operator", () => {
  test.each<[JobStatus, JobAction[]]>([
    ["SCHEDULED", ["STOP"]],
    ["RUNNING", ["STOP"]],
    ["STOP_REQUESTED", []],
    ["STOPPING", []],
    ["COMPLETED", ["RETRY", "REMOVE"]],
    ["STOPPED", ["RETRY", "REMOVE"]],
    ["FAILED", ["RETRY", "REMOVE"]],
  ])("on a job that is %s are %j", (status, actions) => {
    expect(allowedActions(status)).toEqual(actions);
  });

  test("offer a stop exactly where an operator has an arrow", () => {
    for (const status of JOB_STATUSES) {
      const hasArrow = ARROWS.some(({ from, by }) => from === status && by.includes("operator"));
      expect(allowedActions(status).includes("STOP")).toBe(hasArrow);
    }
  });
});

function reachableFrom(start: JobStatus): Set<JobStatus> {
  const reached = new Set<JobStatus>([start]);
  for (const status of reached) {
    for (const { from, to } of ARROWS) if (from === status) reached.add(to);
  }
  return reached;
}
