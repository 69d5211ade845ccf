import { styleText } from "node:util";
import type { Io, Sink } from "../io.ts";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Puts text into a style, or leaves it as it is where there is no colour. */
export type Paint = (style: Style | undefined, text: string) => string;

export function createPaint(isColored: boolean): Paint {
  if (!isColored) return (_, text) => text;
  return (style, text) => (style === undefined ? text : styleText(style, text, { validateStream: false }));
}

/** Colour is for terminals whose operator did not refuse it (https://no-color.org). */
export function wantsColor(sink: Sink, env: Io["env"], isAllowed: boolean): boolean {
  const isRefused = (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  return isAllowed && sink.isTTY === true && !isRefused;
}
