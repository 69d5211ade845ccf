import { type Cell, styleOf, textOf } from "./cell.ts";
import type { Paint } from "./paint.ts";
import { pad, widthOf, wrap } from "./width.ts";

/** A name and what stands behind it; several values stand below each other. */
export type Field = readonly [label: string, value: Cell | readonly Cell[]];

/** Below this a value would be a column of syllables. */
const LEAST_VALUE_WIDTH = 20;

/** Names and values in two columns; long values go on below themselves. */
export function renderDetails(
  fields: readonly Field[],
  { width, paint, indent = 0 }: { readonly width: number | undefined; readonly paint: Paint; readonly indent?: number },
): string[] {
  const labelWidth = Math.max(0, ...fields.map(([label]) => widthOf(label))) + 2;
  const start = " ".repeat(indent);
  const room = width === undefined ? Infinity : Math.max(LEAST_VALUE_WIDTH, width - indent - labelWidth);
  return fields.flatMap(([label, value]) => {
    const values: readonly Cell[] = isList(value) ? value : [value];
    const lines = values.flatMap((one) => wrap(textOf(one), room).map((line) => paint(styleOf(one), line)));
    return lines.map((line, at) => start + paint("dim", pad(at === 0 ? label : "", labelWidth)) + line);
  });
}

function isList(value: Cell | readonly Cell[]): value is readonly Cell[] {
  return Array.isArray(value);
}
