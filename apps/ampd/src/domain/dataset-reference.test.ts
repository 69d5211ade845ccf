import { parse } from "semver";
import { expect, test } from "vitest";
import {
  formatDatasetReference,
  parseDatasetReference,
  requireDatasetName,
  requireVersion,
} from "./dataset-reference.ts";
import { InvalidArgumentError } from "./errors.ts";

const HASH = "ab".repeat(32);

test.each([
  ["_/eth@1.2.3", { kind: "version", version: "1.2.3" }],
  ["_/eth@1.0.0-rc.1+build.5", { kind: "version", version: "1.0.0-rc.1+build.5" }],
  [`_/eth@${HASH}`, { kind: "hash", hash: HASH }],
  ["_/eth@latest", { kind: "latest" }],
  ["_/eth@dev", { kind: "dev" }],
])("%s is read and written back", (text, revision) => {
  const reference = parseDatasetReference(text);
  expect(reference).toEqual({ namespace: "_", name: "eth", revision });
  expect(formatDatasetReference(reference)).toBe(text);
});

test("without a revision it is the latest", () => {
  expect(parseDatasetReference("team_1/eth").revision).toEqual({ kind: "latest" });
});

test.each([
  "eth",
  "_/",
  "/eth",
  "_/eth@",
  "a/b/c",
  "_/eth@1.2",
  "_/eth@01.2.3",
  "_/eth@newest",
  "_/Eth",
  "_/1eth",
  "_/é",
  `_/${"a".repeat(256)}`,
  `${"a".repeat(256)}/eth`,
])("%s is refused", (text) => {
  expect(() => parseDatasetReference(text)).toThrow(InvalidArgumentError);
});

test.each([
  "1.0.0",
  "0.0.0",
  "999999999999999.0.0",
  "1.0.0-0",
  "1.0.0-a.0.b-1.-.--",
  "1.0.0-0a.00a.01-",
  "1.0.0-999999999999999",
  "1.0.0+01.-",
  `1.0.0-${"a".repeat(250)}`,
  `1.0.0+${"0".repeat(250)}`,
])("%s is a version, and one that can be compared", (version) => {
  expect(requireVersion(version)).toBe(version);
  expect(parse(version)?.raw).toBe(version);
});

test.each([
  "",
  "1",
  "1.0",
  "1.0.0.0",
  "v1.0.0",
  " 1.0.0",
  "1.0.0 ",
  "1.0.0\n",
  "01.0.0",
  "1.00.0",
  "1.0.0-",
  "1.0.0-01",
  "1.0.0-a.00",
  "1.0.0-a..b",
  "1.0.0-a_b",
  "1.0.0+",
  "1.0.0+a+b",
  "1.0.0-é",
  "9007199254740993.0.0",
  "1.0.0-9007199254740993",
  `1.0.0-${"a".repeat(251)}`,
])("%j is no version", (version) => {
  expect(() => requireVersion(version)).toThrow(InvalidArgumentError);
});

test("names and versions that are refused are named", () => {
  expect(() => requireDatasetName("My-Data", "name")).toThrow('dataset name "My-Data" is not allowed');
  expect(() => requireVersion("v1")).toThrow('version "v1" is not a semantic version');
});
