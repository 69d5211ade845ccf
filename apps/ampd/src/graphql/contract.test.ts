import { buildSchema } from "graphql";
import { describe, expect, test } from "vitest";
import { compareContracts, findContractFaults } from "./contract.ts";

const TODAY = "2026-06-15";
const PAST = '@deprecated(reason: "use b, until 2026-06-14 at least")';
const PRESENT = '@deprecated(reason: "use b, until 2026-06-15 at least")';
const ROOT = "type Query { b: Int }";

const compare = (released: string, current: string) =>
  compareContracts(buildSchema(released), buildSchema(current), TODAY);

test("the same contract changes nothing", () => {
  expect(compare(ROOT, ROOT)).toEqual({ refused: [], allowed: [], dangerous: [] });
});

test("what is added, and what is deprecated now, breaks nobody", () => {
  const current = `type Query { b: Int ${PRESENT} c: Int }`;
  expect(compare(ROOT, current)).toEqual({ refused: [], allowed: [], dangerous: [] });
});

describe.each([
  ["a field", "Field Query.a was removed.", (note: string) => `type Query { b: Int a: Int ${note} }`, ROOT],
  [
    "the type of a field",
    "Field Query.a changed type from Int to String.",
    (note: string) => `type Query { b: Int a: Int ${note} }`,
    "type Query { b: Int a: String }",
  ],
  ["an argument", "Argument Query.b(a:) was removed.", (note: string) => `type Query { b(a: Int ${note}): Int }`, ROOT],
  [
    "an argument of a field that is deprecated itself",
    "Argument Query.b(a:) was removed.",
    (note: string) => `type Query { b(a: Int): Int ${note} }`,
    ROOT,
  ],
  [
    "a value of an enum",
    "Enum value E.A was removed.",
    (note: string) => `enum E { A ${note} B } type Query { b: E }`,
    "enum E { B } type Query { b: E }",
  ],
  [
    "a field of an input",
    "Field I.a was removed.",
    (note: string) => `input I { a: Int ${note} b: Int } type Query { b(i: I): Int }`,
    "input I { b: Int } type Query { b(i: I): Int }",
  ],
])("the removal of %s", (_what, change, released, current) => {
  test("is refused without a notice", () => {
    expect(compare(released(""), current).refused).toEqual([expect.stringContaining(`${change} It is promised`)]);
  });

  test("is refused on the last day of its notice, and allowed on the next", () => {
    expect(compare(released(PRESENT), current)).toMatchObject({
      refused: [`${change} It is promised until 2026-06-15.`],
      allowed: [],
    });
    expect(compare(released(PAST), current)).toMatchObject({
      refused: [],
      allowed: [`${change} It was promised until 2026-06-14.`],
    });
  });

  test.each(["no longer in use", "until 2026-00-10", "until next year"])(
    "is refused after '%s', which is no day",
    (reason) => {
      expect(compare(released(`@deprecated(reason: "${reason}")`), current).refused).toHaveLength(1);
    },
  );
});

describe("a type", () => {
  const refusedIn = (released: string) => compare(released, ROOT).refused.map((text) => text.replace(/ It is .*/, ""));

  test("goes with the last field that leads to it", () => {
    const released = (note: string) => `type Query { b: Int a: A ${PAST} other: A ${note} } type A { next: A }`;
    expect(refusedIn(released(PAST))).toEqual([]);
    expect(refusedIn(released(PRESENT))).toEqual(["A was removed.", "Field Query.other was removed."]);
  });

  test("goes with the mutation that alone needs it: inputs, payloads and unions", () => {
    const mutation = (note: string) => `
      type Query { b: Int }
      type Mutation { b: Int do(input: DoInput!): DoResult! ${note} }
      input DoInput { kind: Kind! }
      enum Kind { A }
      union DoResult = DoPayload | Refusal
      type DoPayload { done: Float }
      type Refusal { code: Int }
    `;
    const current = `${ROOT} type Mutation { b: Int }`;
    const { refused, allowed } = compare(mutation(PAST), current);
    expect(refused).toEqual([]);
    expect(allowed.length).toBeGreaterThanOrEqual(6);
    expect(compare(mutation(""), current).refused).toHaveLength(allowed.length);
  });

  test("stays while an interface leads to it", () => {
    const released = `type Query { b: Int n: N a: A ${PAST} } interface N { id: ID } type A implements N { id: ID }`;
    const current = "type Query { b: Int n: N } interface N { id: ID }";
    expect(compare(released, current).refused).toEqual([expect.stringContaining("A was removed.")]);
  });
});

test.each([
  ["a required argument", "type Query { b(a: Int!): Int }", ROOT],
  [
    "a required field of an input",
    "input I { a: Int! } type Query { b(i: I): Int }",
    "input I { b: Int } type Query { b(i: I): Int }",
  ],
  [
    "a member that left its union",
    "type A { x: Int } type B { x: Int } union U = A type Query { u: U b: B }",
    "type A { x: Int } type B { x: Int } union U = A | B type Query { u: U b: B }",
  ],
])("%s is refused", (_what, current, released) => {
  expect(compare(released, current).refused.length).toBeGreaterThan(0);
});

test("a new value of an enum, a new member of a union and a new argument are listed, and not refused", () => {
  const released = "enum E { A } type A { x: Int } type B { x: Int } union U = A type Query { e: E u: U b: B }";
  const current =
    "enum E { A Z } type A { x: Int } type B { x: Int } union U = A | B type Query { e(x: Int): E u: U b: B }";
  const { refused, dangerous } = compare(released, current);
  expect(refused).toEqual([]);
  expect(dangerous.toSorted()).toEqual([
    "An optional argument Query.e(x:) was added.",
    "B was added to union type U.",
    "Enum value E.Z was added.",
  ]);
});

describe("a contract", () => {
  const faultsOf = (sdl: string) => findContractFaults(buildSchema(sdl));

  test("that says what it must has no faults", () => {
    expect(
      faultsOf(`
        "What can be read." type Query { "A number." b(x: Int): A }
        "One." type A { name: String old: Int ${PRESENT} }
      `),
    ).toEqual([]);
  });

  test.each([
    "type A { x: Int }",
    "enum A { X }",
    "input A { x: Int }",
    "scalar A",
    "union A = Query",
    "interface A { x: Int }",
  ])("has a description for a type such as %s", (type) => {
    expect(faultsOf(`"Reads." type Query { "A number." b: Int } ${type}`)).toEqual(["A has no description"]);
  });

  test("has a description for each field of its root types", () => {
    const sdl =
      '"Reads." type Query { b: Int } "Changes." type Mutation { "  " do: Int } "Tells." type Subscription { c: Int }';
    expect(faultsOf(sdl)).toEqual(
      ["Query.b", "Mutation.do", "Subscription.c"].map((place) => `${place} has no description`),
    );
  });

  test("has a day in each notice of deprecation", () => {
    const note = '@deprecated(reason: "use b")';
    const sdl = `
      "Reads." type Query { "A number." b(x: Int ${note}, y: I): E }
      "Kinds." enum E { A ${note} B }
      "Given." input I { a: Int ${note} }
      "One." type T { a: Int @deprecated }
    `;
    expect(faultsOf(sdl)).toEqual(
      ["Query.b(x:)", "E.A", "I.a", "T.a"].map((place) =>
        expect.stringContaining(`${place} is deprecated without a day`),
      ),
    );
  });
});
