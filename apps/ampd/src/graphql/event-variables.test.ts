import { parse } from "graphql";
import { expect, test } from "vitest";
import { eventVariables } from "./event-variables.ts";

test.each([
  ["one of the subscription's own arguments is left out", "subscription ($a: Int) { feed(after: $a) { id } }", []],
  ["so is one within an object there", "subscription ($a: Int) { feed(filter: { after: [$a] }) { id } }", []],
  ["one of a field below counts", "subscription ($a: Int) { feed { page(first: $a) { id } } }", ["a"]],
  ["one in both places counts", "subscription ($a: Int) { feed(after: $a) { page(first: $a) { id } } }", ["a"]],
  [
    "one that decides whether a field is there counts",
    "subscription ($a: Boolean!) { feed { id @skip(if: $a) } }",
    ["a"],
  ],
  [
    "also whether the subscription's own is",
    "subscription ($a: Boolean!) { feed(after: 1) @include(if: $a) { id } }",
    ["a"],
  ],
  [
    "a fragment of the subscription is looked at like the operation",
    "subscription ($a: Int, $b: Int) { ...F } fragment F on Subscription { feed(after: $a) { page(first: $b) { id } } }",
    ["b"],
  ],
  [
    "an inline one too",
    "subscription ($a: Int, $b: Int) { ... on Subscription { feed(after: $a) { page(first: $b) { id } } } }",
    ["b"],
  ],
  [
    "a fragment of anything else lies below",
    "subscription ($a: Int) { feed { ...F } } fragment F on Item { page(first: $a) { id } }",
    ["a"],
  ],
  ["one that is not used does not count", "subscription ($a: Int = 1) { feed { id } }", []],
])("%s", (_rule, text, expected) => {
  const document = parse(text);
  expect([...eventVariables(document, "Subscription")]).toEqual(expected);
  expect(eventVariables(document, "Subscription")).toBe(eventVariables(document, "Subscription"));
});
