import type { Connection } from "./client/request.ts";
import type { Io } from "./io.ts";
import { createOutput, type Output } from "./output/output.ts";
import { type GlobalOptions, readSettings } from "./settings.ts";

/** What a command gets beside its own arguments and options. */
export type Context = {
  readonly io: Io;
  readonly server: Connection;
  readonly output: Output;
  /** Whether the result is to be JSON. */
  readonly isJson: boolean;
};

/** @throws UsageError for settings that are faulty */
export async function createContext(io: Io, options: GlobalOptions): Promise<Context> {
  const { adminUrl, token, timeoutMs } = await readSettings(options, io.env);
  return {
    io,
    server: { url: adminUrl, token, timeoutMs, signal: io.signal },
    output: createOutput(io, { isColorAllowed: options.color }),
    isJson: options.json === true,
  };
}
