import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPaint } from "./paint.ts";
import { type Column, renderTable } from "./table.ts";
import { widthOf } from "./width.ts";

const paint = createPaint(false);

const COLUMNS: readonly Column[] = [
  { header: "ID", align: "right" },
  { header: "NAME", least: 6 },
  { header: "SIZE", align: "right", dropAt: 1 },
  { header: "NOTE", least: 5, dropAt: 2 },
];
const ROWS = [
  ["7", "alpha", "1.0 KiB", "short"],
  ["1234", "a-rather-long-name", "312 B", "a note of several words"],
];

describe("a table", () => {
  test("is aligned, and nothing is cut where there is no terminal", () => {
    expect(renderTable(COLUMNS, ROWS, { width: undefined, paint })).toEqual([
      "  ID  NAME                   SIZE  NOTE",
      "   7  alpha               1.0 KiB  short",
      "1234  a-rather-long-name    312 B  a note of several words",
    ]);
  });

  test("gives up the widest texts first", () => {
    expect(renderTable(COLUMNS, ROWS, { width: 45, paint })).toEqual([
      "  ID  NAME               SIZE  NOTE",
      "   7  alpha           1.0 KiB  short",
      "1234  a-rather-long…    312 B  a note of sev…",
    ]);
  });

  test("then whole columns, those with the highest figure first; what stays gets their room", () => {
    expect(renderTable(COLUMNS, ROWS, { width: 25, paint })).toEqual([
      "  ID  NAME           SIZE",
      "   7  alpha       1.0 KiB",
      "1234  a-rather-…    312 B",
    ]);
    expect(renderTable(COLUMNS, ROWS, { width: 16, paint })).toEqual(["  ID  NAME", "   7  alpha", "1234  a-rather-…"]);
  });

  test("leaves no space at the end of a line", () => {
    const lines = renderTable(COLUMNS, [["1", "a", "", ""]], { width: undefined, paint });
    expect(lines[1]).toBe(" 1  a");
  });

  test("measures columns of a terminal, not characters", () => {
    const rows = [
      ["日本語", "x"],
      ["e\u0301", "x"],
      ["👩‍👩‍👧", "x"],
    ];
    const lines = renderTable([{ header: "N" }, { header: "X" }], rows, { width: undefined, paint });
    expect(lines.map((line) => line.indexOf("x") > 0 && widthOf(line.slice(0, line.indexOf("x"))))).toEqual([
      false,
      8,
      8,
      8,
    ]);
  });

  test("shows what would steer the terminal instead of doing it", () => {
    expect(renderTable([{ header: "A" }], [["\u001b[2J\n"]], { width: undefined, paint })[1]).toBe("\\x1b[2J\\n");
  });

  test("colours what is shown, and not the space behind it", () => {
    const lines = renderTable([{ header: "A" }], [[{ text: "x", style: "red" }]], {
      width: undefined,
      paint: createPaint(true),
    });
    expect(lines[1]).toBe("\u001b[31mx\u001b[39m");
  });

  test("is never wider than its terminal where its columns can give way", () => {
    const cells = fc.tuple(fc.string({ maxLength: 4 }), fc.string({ unit: "grapheme" }), fc.string(), fc.string());
    fc.assert(
      fc.property(fc.array(cells), fc.integer({ min: 28, max: 120 }), (rows, width) => {
        for (const line of renderTable([{ header: "ID", least: 2 }, ...COLUMNS.slice(1)], rows, { width, paint })) {
          expect(widthOf(line)).toBeLessThanOrEqual(width);
        }
      }),
    );
  });
});
