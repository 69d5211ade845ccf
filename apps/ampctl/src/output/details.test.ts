import { expect, test } from "vitest";
import { renderDetails } from "./details.ts";
import { createPaint } from "./paint.ts";

const layout = { width: 30, paint: createPaint(false), indent: 2 };

test("values stand behind their names, and go on below themselves", () => {
  expect(
    renderDetails(
      [
        ["Id", "7"],
        ["Message", "one two three four five"],
        ["Several", ["first", "second"]],
      ],
      layout,
    ),
  ).toEqual([
    "  Id       7",
    "  Message  one two three four",
    "           five",
    "  Several  first",
    "           second",
  ]);
});

test("a terminal that is too narrow gets a few words a line", () => {
  expect(renderDetails([["Message", "one two three four five"]], { ...layout, width: 10 })).toEqual([
    "  Message  one two three four",
    "           five",
  ]);
});
