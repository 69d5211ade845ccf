import { expect, test } from "vitest";
import { DocumentCache } from "./document-cache.ts";

const KIB = 1024;
const document = (name: string, characters: number) => name.padEnd(characters);

test("a document is found again, and nothing else", () => {
  const cache = new DocumentCache<number>();
  cache.set("a", 1);
  expect(cache.get("a")).toBe(1);
  expect(cache.get("b")).toBeUndefined();
});

test("a long document is not kept", () => {
  const cache = new DocumentCache<number>();
  cache.set(document("a", 16 * KIB), 1);
  cache.set(document("b", 16 * KIB + 1), 2);
  expect(cache.get(document("a", 16 * KIB))).toBe(1);
  expect(cache.get(document("b", 16 * KIB + 1))).toBeUndefined();
});

test("what was not used for the longest time makes room, by length", () => {
  const cache = new DocumentCache<number>();
  const documents = Array.from({ length: 16 }, (_, index) => document(String(index), 16 * KIB));
  for (const [index, each] of documents.entries()) cache.set(each, index);
  expect(documents.map((each) => cache.get(each))).toEqual(documents.map((_, index) => index));
  cache.get(documents[0] ?? "");
  cache.set("another", 99);
  expect(cache.get(documents[0] ?? "")).toBe(0);
  expect(cache.get(documents[1] ?? "")).toBeUndefined();
  expect(cache.get(documents[2] ?? "")).toBe(2);
});

test("a document that is set again counts once", () => {
  const cache = new DocumentCache<number>();
  for (let time = 0; time < 100; time += 1) cache.set(document("a", 16 * KIB), time);
  cache.set("b", 1);
  expect(cache.get(document("a", 16 * KIB))).toBe(99);
});
