import { describe, expect, test } from "vitest";
import { mayBeSubscription, readOperation, requireJsonParameters } from "./graphql-request.ts";

const HASH = { persistedQuery: { version: 1, sha256Hash: "ab" } };

const read = (body: unknown) =>
  readOperation(new URL("http://localhost/graphql"), new TextEncoder().encode(JSON.stringify(body)));
const urlOf = (parameters: Record<string, string>) =>
  new URL(`http://localhost/graphql?${new URLSearchParams(parameters)}`);

describe("the operation of a request", () => {
  test("stands in its body", () => {
    const operation = { query: "{ a }", variables: { n: 1 }, operationName: "A", extensions: HASH, documentId: "ab" };
    expect(read({ ...operation, more: 1 })).toEqual(operation);
  });

  test("or in its query string, where an empty parameter is none", () => {
    const parameters = { query: "{ a }", variables: '{"n":1}', operationName: "", extensions: "", documentId: "ab" };
    expect(readOperation(urlOf(parameters), undefined)).toEqual({
      query: "{ a }",
      variables: { n: 1 },
      documentId: "ab",
    });
  });

  test("may do without a text, and with null for what it leaves out", () => {
    expect(read({ extensions: HASH })).toMatchObject({ query: "", extensions: HASH });
    const nulls = { query: "{ a }", variables: null, operationName: null, extensions: null };
    expect(read(nulls)).toMatchObject(nulls);
  });

  test.each([
    ["nothing", null],
    ["a text", "{ a }"],
    ["a list", [{ query: "{ a }" }]],
    ["a query that is no text", { query: 1 }],
    ["variables that are a list", { query: "{ a }", variables: [] }],
    ["variables that are a text", { query: "{ a }", variables: "{}" }],
    ["extensions that are a number", { query: "{ a }", extensions: 1 }],
    ["a name that is a number", { query: "{ a }", operationName: 1 }],
  ])("is not %s", (_fault, body) => {
    expect(read(body)).toBeUndefined();
  });

  test("is not what is no JSON", () => {
    expect(readOperation(urlOf({}), new TextEncoder().encode("{"))).toBeUndefined();
    expect(readOperation(urlOf({ query: "{ a }", variables: "{" }), undefined)).toBeUndefined();
  });
});

test.each(["variables", "extensions"])("the query parameter %s must be JSON, or empty", (name) => {
  requireJsonParameters(urlOf({}));
  requireJsonParameters(urlOf({ [name]: "" }));
  requireJsonParameters(urlOf({ [name]: "{}" }));
  expect(() => requireJsonParameters(urlOf({ [name]: "{" }))).toThrow(`the query parameter '${name}' is not JSON`);
});

test.each([
  ["a subscription", { query: "subscription { a }" }, true],
  ["a query", { query: "{ subscriptions }" }, false],
  ["a persisted document by its extension", { query: "", extensions: HASH }, true],
  ["a persisted document by its id", { query: "", documentId: "ab" }, true],
  ["nothing", { query: "" }, false],
])("%s is told apart without parsing it", (_operation, operation, expected) => {
  expect(mayBeSubscription(operation)).toBe(expected);
});
