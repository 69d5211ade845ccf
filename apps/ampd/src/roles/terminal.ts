import { Writable } from "node:stream";
import { createLogUpdate } from "log-update";
import pretty from "pino-pretty";

/** What a person sees: lines that stay, above lines that change in place. */
export type Terminal = {
  /** Whether lines can change in place. */
  readonly isLive: boolean;
  /** Where the log goes: for people on a terminal, JSON lines elsewhere. */
  readonly logDestination: { write(line: string): void };
  print(text: string): void;
  /** Replaces the changing lines; does nothing where nothing can change in place. */
  show(lines: readonly string[]): void;
  /** Leaves the last of them standing. */
  close(): void;
};

export function createTerminal(stream: NodeJS.WriteStream): Terminal {
  if (!stream.isTTY) {
    const print = (text: string) => void stream.write(`${text}\n`);
    return { isLive: false, logDestination: stream, print, show: () => {}, close: () => {} };
  }
  const update = createLogUpdate(stream);
  const print = (text: string) => update.persist(text);
  const sink = new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      print(line.trimEnd());
      done();
    },
  });
  return {
    isLive: true,
    logDestination: pretty({
      colorize: true,
      destination: sink,
      ignore: "pid,hostname",
      translateTime: "SYS:HH:MM:ss",
      singleLine: true,
    }),
    print,
    show: (lines) => update(lines.join("\n")),
    close: () => update.done(),
  };
}
