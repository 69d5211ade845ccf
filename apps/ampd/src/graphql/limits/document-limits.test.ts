import { buildSchema, getIntrospectionQuery, parse, specifiedRules, validate } from "graphql";
import { expect, test } from "vitest";
import { documentLimits } from "./document-limits.ts";
import { LIMITS } from "./operation-limits.ts";

const schema = buildSchema("type Query { a: Query b: Int }");

const errorsOf = (query: string, limits = { maxDepth: 3, maxAliases: 2 }) =>
  validate(schema, parse(query), [documentLimits(limits)]);

test.each([
  ["fields within each other", "{ a { a { b } } }", "{ a { a { a { b } } } }"],
  [
    "also in the second operation",
    "query A { b } query B { a { a { b } } }",
    "query A { b } query B { a { a { a { b } } } }",
  ],
  [
    "inline fragments, which are no level",
    "{ ... { a { ... on Query { a { b } } } } }",
    "{ a { ... { a { a { b } } } } }",
  ],
  [
    "fragments where they are used",
    "{ a { ...F } } fragment F on Query { a { b } }",
    "{ a { a { ...F } } } fragment F on Query { a { b } }",
  ],
  [
    "fragments that are used twice by their deepest use",
    "{ ...F a { ...F } } fragment F on Query { a { b } }",
    "{ ...F a { a { ...F } } } fragment F on Query { a { b } }",
  ],
  [
    "fragments in fragments",
    "{ ...F } fragment F on Query { a { ...G } } fragment G on Query { a { b } }",
    "{ a { ...F } } fragment F on Query { a { ...G } } fragment G on Query { a { b } }",
  ],
])("the depth of a document counts %s", (_what, allowed, refused) => {
  expect(errorsOf(allowed)).toEqual([]);
  expect(errorsOf(refused)).toMatchObject([
    {
      message: "the query is too deep: 4 fields within each other, 3 at most",
      extensions: { code: "QUERY_TOO_DEEP", requested: 4, maximum: 3 },
    },
  ]);
});

test("fragments in a circle are left to the rule that refuses them", () => {
  const document = parse("{ ...F } fragment F on Query { a { ...G } } fragment G on Query { a { ...F } }");
  const messages = validate(schema, document, [...specifiedRules, documentLimits(LIMITS)]).map(
    ({ message }) => message,
  );
  expect(messages).toEqual(['Cannot spread fragment "F" within itself via "G".']);
});

test("aliases are counted in the whole document, its fragments included", () => {
  expect(errorsOf("{ x: b ...F } fragment F on Query { y: b b }")).toEqual([]);
  expect(errorsOf("{ x: b ...F } fragment F on Query { y: b z: b }")).toMatchObject([
    {
      message: "the document has 3 aliases, 2 at most",
      extensions: { code: "TOO_MANY_ALIASES", requested: 3, maximum: 2 },
    },
  ]);
});

test("the introspection query is within the limits", () => {
  const query = getIntrospectionQuery({
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  });
  expect(errorsOf(query, LIMITS)).toEqual([]);
  expect(parse(query, { maxTokens: LIMITS.maxTokens }).tokenCount).toBeGreaterThan(100);
});
