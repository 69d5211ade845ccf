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
])("%s is refused", (text) => {
  expect(() => parseDatasetReference(text)).toThrow(InvalidArgumentError);
});

test("names and versions that are refused are named", () => {
  expect(() => requireDatasetName("My-Data", "name")).toThrow('dataset name "My-Data" is not allowed');
  expect(() => requireVersion("v1")).toThrow('version "v1" is not a semantic version');
});
