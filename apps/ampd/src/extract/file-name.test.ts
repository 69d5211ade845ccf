import { expect, test } from "vitest";
import { segmentFileName } from "./file-name.ts";

test("a name is the first block with nine digits and eight random bytes", () => {
  const random = Uint8Array.from([0xcc, 0xe9, 0xbf, 0x78, 0x85, 0x17, 0x47, 0x4d]);
  expect(segmentFileName(15_000_000n, random)).toBe("015000000-cce9bf788517474d.parquet");
  expect(segmentFileName(0n, random)).toBe("000000000-cce9bf788517474d.parquet");
  expect(segmentFileName(1_234_567_890n, random)).toBe("1234567890-cce9bf788517474d.parquet");
});

test("another number of random bytes is refused", () => {
  expect(() => segmentFileName(0n, new Uint8Array(7))).toThrow(RangeError);
});
