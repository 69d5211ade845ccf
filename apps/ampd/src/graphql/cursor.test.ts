import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidArgumentError } from "../domain/errors.ts";
import { nameCursors, SEQUENCE_CURSORS } from "./cursor.ts";
import { cursorOfJob, jobCursors } from "./job-cursor.ts";

const NUMBERS = jobCursors({ by: "NUMBER", direction: "DESC" });
const ENDS = jobCursors({ by: "ENDED_AT", direction: "DESC" });
const NAMES = nameCursors("workers by node id");

const number = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const time = fc.date({ min: new Date("1970-01-01Z"), max: new Date("9999-01-01Z"), noInvalidDate: true });

/** A cursor as somebody could make it. */
const forge = (version: number, ...values: unknown[]) =>
  Buffer.from([version, ...Buffer.from(JSON.stringify(values))]).toString("base64url");

describe("a cursor", () => {
  test("gives back the values that it was made of", () => {
    fc.assert(
      fc.property(number, time, fc.string({ unit: "binary" }), (key, at, name) => {
        expect(NUMBERS.parse(NUMBERS.format({ time: null, number: key }))).toEqual({ time: null, number: key });
        expect(ENDS.parse(ENDS.format({ time: at, number: key }))).toEqual({ time: at, number: key });
        expect(NAMES.parse(NAMES.format(name))).toBe(name);
        expect(SEQUENCE_CURSORS.parse(SEQUENCE_CURSORS.format(key))).toBe(key);
      }),
    );
  });

  test("is good for its own list and order only, and the refusal names both", () => {
    const cursor = NUMBERS.format({ time: null, number: 7n });
    expect(cursor).toBe(cursorOfJob(7n));
    expect(() => ENDS.parse(cursor)).toThrow("is one of jobs by NUMBER DESC, not of jobs by ENDED_AT DESC");
    const upwards = jobCursors({ by: "NUMBER", direction: "ASC" });
    expect(() => upwards.parse(cursor)).toThrow("is one of jobs by NUMBER DESC, not of jobs by NUMBER ASC");
    expect(() => NAMES.parse(cursor)).toThrow(InvalidArgumentError);
  });

  test.each([
    ["nothing", ""],
    ["no base64", "garbage"],
    ["another version", forge(1, "jobs by NUMBER DESC", "7")],
    ["no list", forge(2)],
    ["a list of something else than texts", forge(2, "jobs by NUMBER DESC", 7)],
    ["a number below zero", forge(2, "jobs by NUMBER DESC", "-1")],
    ["a number beyond 64 bits", forge(2, "jobs by NUMBER DESC", "9223372036854775808")],
    ["a time where there is none", forge(2, "jobs by NUMBER DESC", "2026-01-01T00:00:00.000Z", "7")],
    ["no JSON", Buffer.from([2, 123]).toString("base64url")],
    ["bytes after its end", `${cursorOfJob(1n)}=`],
  ])("of %s is refused", (_what, cursor) => {
    expect(() => NUMBERS.parse(cursor)).toThrow(InvalidArgumentError);
    expect(() => NUMBERS.parse(cursor)).toThrow(`cursor '${cursor}' is not one that this server made`);
  });

  test.each([
    forge(2, "jobs by ENDED_AT DESC", "7"),
    forge(2, "jobs by ENDED_AT DESC", "soon", "7"),
    forge(2, "jobs by ENDED_AT DESC", "2026-01-01", "7"),
    forge(2, "jobs by ENDED_AT DESC", "x", "2026-01-01T00:00:00.000Z", "7"),
  ])("of a time that cannot be read is refused: %s", (cursor) => {
    expect(() => ENDS.parse(cursor)).toThrow(`cursor '${cursor}' is not one that this server made`);
  });

  test.each(["", "-1", "1.5", "x", "9223372036854775808"])(
    "of the event log is a sequence, and %j is none",
    (cursor) => {
      expect(() => SEQUENCE_CURSORS.parse(cursor)).toThrow(InvalidArgumentError);
      expect(() => SEQUENCE_CURSORS.parse(cursor)).toThrow(`cursor '${cursor}' is not one of the event log`);
    },
  );
});
