import type { Command } from "commander";
import { type Context, createContext } from "../context.ts";
import { EXIT_CODES } from "../errors.ts";
import type { Io } from "../io.ts";
import type { GlobalOptions } from "../settings.ts";

/** What a command does: the result goes to `context.output`; a number is an exit code of `EXIT_CODES`, nothing is DONE. */
export type Run<Options, Args extends readonly unknown[]> = (
  context: Context,
  options: Options,
  ...args: Args
) => Promise<number | undefined>;

/** Ties commands to what they do. */
export type Shell = {
  /** Loads what a command does when it is called, and not before. */
  runs<Options, Args extends readonly unknown[]>(
    load: () => Promise<Run<Options, Args>>,
  ): (...words: unknown[]) => Promise<void>;
};

/** @param onEnd is told the exit code */
export function createShell(io: Io, onEnd: (exitCode: number) => void): Shell {
  return {
    runs: <Options, Args extends readonly unknown[]>(load: () => Promise<Run<Options, Args>>) => {
      return async (...words: unknown[]) => {
        // Commander gives the arguments, then the options, then the command itself; each is what its definition made it.
        const command = words.at(-1) as Command;
        const args = words.slice(0, -2) as unknown as Args;
        const context = await createContext(io, command.optsWithGlobals<GlobalOptions>());
        const run = await load();
        onEnd((await run(context, command.opts() as Options, ...args)) ?? EXIT_CODES.DONE);
      };
    },
  };
}
