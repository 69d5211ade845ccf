import { Readable } from "node:stream";
import type { Command } from "commander";
import { createProgram } from "../src/program/program.ts";

/** The lines that show the help of each command, the program's own first. */
export function helpLines(): string[] {
  const sink = { write: () => true };
  const io = {
    stdin: Readable.from([]),
    stdout: sink,
    stderr: sink,
    env: {},
    signal: AbortSignal.abort(),
    outliveReader: () => undefined,
    now: () => new Date(0),
  };
  const below = (command: Command, path: readonly string[]): string[] => {
    const commands = command
      .createHelp()
      .visibleCommands(command)
      .filter((one) => one.name() !== "help");
    return [[...path, "--help"].join(" "), ...commands.flatMap((one) => below(one, [...path, one.name()]))];
  };
  return below(
    createProgram(io, () => undefined),
    [],
  );
}
