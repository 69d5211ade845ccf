import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { chooseDocument, type DocumentRequest } from "./persisted-operations.ts";

const KNOWN = "{ server { version } }";
const HASH = createHash("sha256").update(KNOWN).digest("hex");
const OTHER = "{ jobs { totalCount } }";

const persisted = new Map([[HASH, KNOWN]]);
const optional = { persisted, isMandatory: false };
const mandatory = { persisted, isMandatory: true };

test.each<[string, DocumentRequest]>([
  [
    "by the extension of automatic persisted queries",
    { extensions: { persistedQuery: { version: 1, sha256Hash: HASH } } },
  ],
  ["in upper case", { extensions: { persistedQuery: { sha256Hash: HASH.toUpperCase() } } }],
  ["by its id", { documentId: HASH }],
  ["by its id with the name of the algorithm", { documentId: `sha256:${HASH}` }],
  ["beside an empty text, which graphql-ws demands", { query: "", documentId: HASH }],
  ["by its whole text", { query: KNOWN }],
])("a persisted operation is found %s", (_how, request) => {
  expect(chooseDocument(request, mandatory)).toBe(KNOWN);
  expect(chooseDocument(request, optional)).toBe(KNOWN);
});

test("another document is taken where none is mandatory, and refused where one is", () => {
  expect(chooseDocument({ query: OTHER })).toBe(OTHER);
  expect(chooseDocument({ query: OTHER }, optional)).toBe(OTHER);
  expect(() => chooseDocument({ query: OTHER }, mandatory)).toThrow(
    expect.objectContaining({ extensions: expect.objectContaining({ code: "PERSISTED_OPERATION_REQUIRED" }) }),
  );
});

test("another document is not taken for the hash that it comes with", () => {
  const request = { query: OTHER, documentId: HASH };
  expect(chooseDocument(request, optional)).toBe(OTHER);
  expect(() => chooseDocument(request, mandatory)).toThrow("persisted operations only");
});

test.each([optional, mandatory, undefined])(
  "a hash that is not known is refused with %o, and nothing is registered",
  (settings) => {
    const documentId = "0".repeat(64);
    for (let time = 0; time < 2; time += 1) {
      expect(() => chooseDocument({ documentId }, settings)).toThrow(
        expect.objectContaining({
          message: `no operation is persisted as '${documentId}'`,
          extensions: expect.objectContaining({ code: "PERSISTED_OPERATION_NOT_FOUND" }),
        }),
      );
    }
  },
);

test.each([
  [{}, undefined],
  [{ query: null, extensions: null, documentId: null }, null],
  [{ query: 1, extensions: { persistedQuery: "x" } }, 1],
  [{ query: "", extensions: { persistedQuery: { sha256Hash: 1 } } }, ""],
])("what is neither text nor hash is left to others: %o", (request, query) => {
  expect(chooseDocument(request, mandatory)).toBe(query);
});
