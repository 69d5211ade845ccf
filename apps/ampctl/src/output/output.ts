import type { Io } from "../io.ts";
import type { Cell } from "./cell.ts";
import { escapeControls, escapeJson } from "./escape.ts";
import { encodeJson } from "./json.ts";
import { createPaint, type Paint, wantsColor } from "./paint.ts";
import { type Column, renderTable } from "./table.ts";

/** Where a command's results and remarks go. */
export type Output = {
  /** For stdout. */
  readonly paint: Paint;
  /** Of the terminal on stdout; undefined when it is none: nothing is cut then. */
  readonly width: number | undefined;
  /** Lines that are fit for a terminal: made by `renderTable`, `renderDetails`, or of constants. */
  lines(lines: readonly string[]): void;
  /** What stands above a part of a result. */
  title(text: string): string;
  /** A table, or a remark on stderr when it has no rows. */
  table(columns: readonly Column[], rows: readonly (readonly Cell[])[], whenEmpty: string): void;
  /** A JSON document of our own: one line. */
  json(value: unknown): void;
  /** A JSON document of the server as it came: one line. */
  rawJson(text: string): void;
  /** A remark beside the result, on stderr. */
  note(text: string): void;
  /** The same, all of it on stderr: for what is shown before a question. */
  beside(): Output;
};

export function createOutput(io: Io, { isColorAllowed }: { readonly isColorAllowed: boolean }): Output {
  const paint = createPaint(wantsColor(io.stdout, io.env, isColorAllowed));
  const paintNote = createPaint(wantsColor(io.stderr, io.env, isColorAllowed));
  const width = widthOf(io);
  const lines = (texts: readonly string[]) => {
    if (texts.length > 0) io.stdout.write(`${texts.join("\n")}\n`);
  };
  const note = (text: string) => void io.stderr.write(`${paintNote("dim", escapeControls(text))}\n`);
  const rawJson = (text: string) => lines([io.stdout.isTTY === true ? escapeJson(text) : text]);
  return {
    paint,
    width,
    lines,
    title: (text) => paint("bold", escapeControls(text)),
    table: (columns, rows, whenEmpty) => {
      if (rows.length === 0) note(whenEmpty);
      else lines(renderTable(columns, rows, { width, paint }));
    },
    json: (value) => rawJson(encodeJson(value)),
    rawJson,
    note,
    beside: () => createOutput({ ...io, stdout: io.stderr }, { isColorAllowed }),
  };
}

function widthOf({ stdout, env }: Io): number | undefined {
  if (stdout.isTTY !== true) return undefined;
  // Some terminals, such as those of a CI, do not say.
  return stdout.columns || Number(env.COLUMNS) || undefined;
}
