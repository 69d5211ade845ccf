import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatEndBlock, parseEndBlock, resolveEndBlock } from "./end-block.ts";
import { InvalidArgumentError } from "./errors.ts";

const chain = { head: 200n, startBlock: 10n };

describe("an end block", () => {
  test.each([
    ["absent", undefined, null],
    ["null", null, null],
    ["latest", "latest", "latest"],
    ["a string", "100", "100"],
    ["block 0", "0", "0"],
    ["a number", 100, "100"],
    ["the number 0", 0, "0"],
    ["a bigint", 100n, "100"],
    ["a string behind the latest", "-50", "-50"],
    ["a number behind the latest", -50, "-50"],
    ["the greatest that the database keeps", "9223372036854775807", "9223372036854775807"],
  ])("given as %s has one spelling on the wire", (_, given, wire) => {
    expect(formatEndBlock(parseEndBlock(given))).toBe(wire);
  });

  test.each([
    ['""', ""],
    ['"LATEST"', "LATEST"],
    ['"finalized"', "finalized"],
    ['"-0"', "-0"],
    ['"007"', "007"],
    ['"+5"', "+5"],
    ['" 5"', " 5"],
    ['"1e3"', "1e3"],
    ['"0x10"', "0x10"],
    ['"9223372036854775808"', "9223372036854775808"],
    ["9223372036854775808", 2n ** 63n],
    ["1.5", 1.5],
    ["9007199254740992", 2 ** 53],
    ["true", true],
    ['{"block":5}', { block: 5 }],
  ])("given as %s is refused, with the value and what is allowed", (shown, given) => {
    const parse = () => parseEndBlock(given);
    expect(parse).toThrow(InvalidArgumentError);
    expect(parse).toThrow(
      `end_block ${shown} is not allowed: use null, "latest", a block number such as "100", or a distance behind the latest such as "-50"`,
    );
  });

  test("of any whole number comes back from the wire unchanged", () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n - 1n), 2n ** 63n - 1n), (number) => {
        const end = parseEndBlock(number);
        expect(formatEndBlock(end)).toBe(String(number));
        expect(parseEndBlock(formatEndBlock(end))).toEqual(end);
      }),
    );
  });
});

describe("an end block is fixed", () => {
  test.each([
    ["null follows for ever", null, undefined],
    ["latest is the head", "latest", 200n],
    ["a number behind the latest counts from the head", "-50", 150n],
    ["a number is itself", "100", 100n],
    ["block 0 is itself", "0", 0n],
    ["a number beyond the head is itself", "5000", 5_000n],
    ["behind the latest it arrives at the start block", "-190", 10n],
    ["behind the latest it never goes below the start block", "-191", 10n],
    ["nor below zero", "-100000", 10n],
  ])("%s", (_, given, block) => {
    expect(resolveEndBlock(parseEndBlock(given), chain)).toBe(block);
  });

  test("at the start block while the head is below it", () => {
    expect(resolveEndBlock(parseEndBlock("latest"), { head: 3n, startBlock: 10n })).toBe(10n);
  });
});
