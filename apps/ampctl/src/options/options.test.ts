import { describe, expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { nameOf, parseDataset, referenceOf } from "./dataset.ts";
import { parseDuration } from "./duration.ts";
import { parseJobId, parseLimit } from "./integer.ts";
import { parseStatuses, STATUS_WORDS } from "./job-status.ts";
import { parseSince } from "./since.ts";

/** The message that a value is refused with. */
function refusal(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("a dataset", () => {
  test.each([
    ["mainnet", "_/mainnet", undefined],
    ["eth/mainnet", "eth/mainnet", undefined],
    ["eth/mainnet@1.0.0-rc.1", "eth/mainnet", "1.0.0-rc.1"],
    ["_x9@dev", "_/_x9", "dev"],
  ])("%s is %s", (text, name, revision) => {
    const dataset = parseDataset(text);
    expect([nameOf(dataset), dataset.revision]).toEqual([name, revision]);
    expect(referenceOf(dataset)).toBe(revision === undefined ? name : `${name}@${revision}`);
  });

  test.each(["", "/", "a/b/c", "A", "9a", "a@", "@dev", "a b", "a/", "a@b@"])("'%s' is none", (text) => {
    if (text === "a@b@") expect(parseDataset(text).revision).toBe("b@");
    else expect(refusal(() => parseDataset(text))).toContain(`'${text}'`);
  });
});

test.each([
  ["500ms", 500],
  ["10s", 10_000],
  ["5m", 300_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  ["0s", 0],
  ["", undefined],
  ["5", undefined],
  ["-5s", undefined],
  ["1.5s", undefined],
  ["5 s", undefined],
  ["5w", undefined],
])("'%s' lasts %s ms", (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs);
});

describe("a job's id", () => {
  test.each(["1", "007", "9223372036854775807"])("%s is one", (text) => {
    expect(parseJobId(text)).toBe(BigInt(text));
  });

  test.each(["", "0", "-1", "1.0", "0x1", "1e3", " 1", "abc", "9223372036854775808", "9".repeat(400)])(
    "'%s' is none",
    (text) => {
      expect(refusal(() => parseJobId(text))).toBe(`job id '${text}' is not an integer from 1 to 9223372036854775807`);
    },
  );
});

test("a limit goes from 1 to 1000", () => {
  expect([parseLimit("1"), parseLimit("1000")]).toEqual([1, 1000]);
  for (const text of ["0", "1001", "ten", ""]) expect(refusal(() => parseLimit(text))).toContain(`'${text}'`);
});

describe("a status", () => {
  test("is one word or several, in any case, each status once", () => {
    expect(parseStatuses("Failed, terminal").statuses).toEqual(["FAILED", "COMPLETED", "STOPPED"]);
    expect(parseStatuses("error,fatal").statuses).toEqual(["FAILED"]);
    expect(parseStatuses("active").statuses).toHaveLength(4);
    expect(parseStatuses("all").statuses).toHaveLength(7);
  });

  test.each(["", "running,", "runing", "constructor"])(
    "'%s' is none, and the message tells which there are",
    (text) => {
      expect(refusal(() => parseStatuses(text))).toContain(STATUS_WORDS.join(", "));
    },
  );
});

describe("--since", () => {
  const now = new Date("2026-01-31T12:00:00Z");

  test.each([
    ["90s", "2026-01-31T11:58:30.000Z"],
    ["2026-01-30", "2026-01-30T00:00:00.000Z"],
    ["2026-01-30T10:00:00+02:00", "2026-01-30T08:00:00.000Z"],
  ])("%s is %s", (text, time) => {
    expect(parseSince(text, now).toISOString()).toBe(time);
  });

  test.each(["", "yesterday", "2026", "2026-13-01", "2026-01-30T99:00Z"])("'%s' is refused", (text) => {
    expect(refusal(() => parseSince(text, now))).toContain(`'${text}'`);
  });
});
