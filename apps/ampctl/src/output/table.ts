import { type Cell, styleOf, textOf } from "./cell.ts";
import type { Paint } from "./paint.ts";
import { pad, truncate, widthOf } from "./width.ts";

export type Column = {
  readonly header: string;
  /** Left unless told. */
  readonly align?: "right";
  /** It may be cut down to this width, at its end, where the terminal is narrow; absent: it is whole or not there. */
  readonly least?: number;
  /** Where cutting is not enough columns go, those with the highest figure first; absent: it stays. */
  readonly dropAt?: number;
};

const GAP = "  ";

/**
 * Rows under headers, one line each.
 * @param width of the terminal; undefined where there is none: nothing is cut
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { width, paint, indent = 0 }: { readonly width: number | undefined; readonly paint: Paint; readonly indent?: number },
): string[] {
  const texts = rows.map((row) => row.map(textOf));
  const wholes = columns.map(({ header }, at) =>
    Math.max(widthOf(header), ...texts.map((row) => widthOf(row[at] ?? ""))),
  );
  const room = width === undefined ? undefined : width - indent;
  const widths = room === undefined ? wholes : fitColumns(columns, wholes, room);
  const start = " ".repeat(indent);
  const line = (cells: readonly string[], style: (at: number) => ReturnType<typeof styleOf>) => {
    const shown = columns.flatMap(({ align }, at) => {
      const cellWidth = widths[at] ?? 0;
      return cellWidth === 0 ? [] : [{ at, text: pad(truncate(cells[at] ?? "", cellWidth), cellWidth, align) }];
    });
    const lastFilled = shown.findLastIndex(({ text }) => text.trim() !== "");
    return (
      start +
      shown
        .slice(0, lastFilled + 1)
        .map(({ at, text }, index) => paint(style(at), index === lastFilled ? text.trimEnd() : text))
        .join(GAP)
    );
  };
  return [
    line(
      columns.map(({ header }) => header),
      () => "bold",
    ),
    ...texts.map((row, index) => line(row, (at) => styleOf(rows[index]?.[at] ?? ""))),
  ];
}

/** Widths that fit: the widest that may be cut give way first, then whole columns go (0). */
function fitColumns(columns: readonly Column[], wholes: readonly number[], room: number): number[] {
  const widths = [...wholes];
  const total = () => {
    const shown = widths.filter((width) => width > 0);
    return shown.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, shown.length - 1);
  };
  const cut = () => {
    while (total() > room) {
      const at = widestToCut(columns, widths);
      if (at === undefined) return;
      widths[at] = (widths[at] ?? 0) - 1;
    }
  };
  const dropOrder = columns
    .map(({ dropAt }, at) => ({ dropAt, at }))
    .filter(({ dropAt }) => dropAt !== undefined)
    .sort((one, other) => (other.dropAt ?? 0) - (one.dropAt ?? 0));
  cut();
  for (const { at } of dropOrder) {
    if (total() <= room) break;
    widths[at] = 0;
    // What is gone makes room for those that were cut.
    for (const [index, whole] of wholes.entries()) if (widths[index] !== 0) widths[index] = whole;
    cut();
  }
  return widths;
}

function widestToCut(columns: readonly Column[], widths: readonly number[]): number | undefined {
  let found: number | undefined;
  for (const [at, { least, header }] of columns.entries()) {
    const width = widths[at] ?? 0;
    if (least === undefined || width <= Math.max(least, Math.min(widthOf(header), least))) continue;
    if (found === undefined || width > (widths[found] ?? 0)) found = at;
  }
  return found;
}
