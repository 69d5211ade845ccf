import { escapeControls } from "./escape.ts";
import type { Style } from "./paint.ts";

/** A value to show: text from anywhere, which is made safe when it is shown, and how it looks. */
export type Cell = string | { readonly text: string; readonly style: Style };

/** Stands for a value that is not there. */
export const NONE: Cell = { text: "–", style: "dim" };

export function cell(text: string, style: Style | undefined): Cell {
  return style === undefined ? text : { text, style };
}

export function textOf(value: Cell): string {
  return escapeControls(typeof value === "string" ? value : value.text);
}

export function styleOf(value: Cell): Style | undefined {
  return typeof value === "string" ? undefined : value.style;
}
