import { describe, expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { parseTimeout } from "./duration.ts";
import { parseJobIds, parseParallelism } from "./integer.ts";
import { isSelecting, toJobFilter } from "./job-selection.ts";
import { parseEndedStatuses, parseStatuses } from "./job-status.ts";
import { parseField } from "./provider-field.ts";

describe("a field of a provider", () => {
  test.each([
    ["rate_limit_per_minute=600", { rate_limit_per_minute: 600 }],
    ["fetch_receipts_per_tx=true", { fetch_receipts_per_tx: true }],
    ["auth_token=a=b", { auth_token: "a=b" }],
    ["auth_token=007", { auth_token: "007" }],
    ["auth_header=", { auth_header: "" }],
    ["limit=9007199254740993", { limit: 9_007_199_254_740_993n }],
  ])("%s", (text, fields) => {
    expect(parseField(text)).toEqual(fields);
  });

  test("is added to those before it, the last one counts", () => {
    expect(parseField("a=2", parseField("b=1", parseField("a=1")))).toEqual({ a: 2, b: 1 });
  });

  test.each(["secret", "=secret", "a-b=secret", ""])("'%s' is none, and is not repeated", (text) => {
    expect(() => parseField(text)).toThrow(UsageError);
    expect(() => parseField(text)).not.toThrow("secret");
  });
});

test("a selection becomes a filter of what is given alone", () => {
  const now = new Date("2026-01-31T12:00:00Z");
  expect(isSelecting({})).toBe(false);
  expect(toJobFilter({}, now)).toEqual({});
  const selection = {
    status: parseStatuses("failed"),
    dataset: { namespace: "_", name: "mainnet", revision: "dev" },
    worker: "",
    since: "2h",
    olderThan: "2026-01-31T11:00:00Z",
  };
  expect(isSelecting({ worker: "" })).toBe(true);
  expect(toJobFilter(selection, now)).toEqual({
    status: ["FAILED"],
    dataset: "_/mainnet@dev",
    nodeId: "",
    updatedAt: { from: "2026-01-31T10:00:00.000Z", to: "2026-01-31T11:00:00.000Z" },
  });
  expect(() => toJobFilter({ olderThan: "soon" }, now)).toThrow("--older-than 'soon'");
});

test("a pruned status is one of ended jobs", () => {
  expect(parseEndedStatuses("Error,completed").statuses).toEqual(["FAILED", "COMPLETED"]);
  for (const text of ["all", "active", "completed,running"])
    expect(() => parseEndedStatuses(text)).toThrow(`'${text}'`);
});

test("a time to wait is one that a timer can take", () => {
  expect([parseTimeout("1ms"), parseTimeout("24d")]).toEqual([1, 2_073_600_000]);
  for (const text of ["0s", "25d", "5", ""]) expect(() => parseTimeout(text)).toThrow(`'${text}'`);
});

test("a parallelism goes from 1", () => {
  expect(parseParallelism("8")).toBe(8);
  for (const text of ["0", "-1", "1.5", ""]) expect(() => parseParallelism(text)).toThrow(`'${text}'`);
});

test("ids are collected", () => {
  expect(parseJobIds("2", parseJobIds("1"))).toEqual([1n, 2n]);
});
