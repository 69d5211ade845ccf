import { PassThrough, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";

/** A terminal without anybody before it. */
export type FakeTerminal = {
  readonly stdin: PassThrough & { readonly isTTY: true };
  readonly stdout: Writable & { readonly isTTY: true; columns: number; rows: number };
  /** Whether keys come one by one, unseen by the terminal. */
  isRaw(): boolean;
  /** All that was written. */
  written(): string;
  /** Types a key, or text, and resolves when what was written since then has `expected`. */
  press(keys: string, expected: string): Promise<void>;
  /** Resolves when what was written from now on has that text. */
  shows(text: string): Promise<void>;
  resize(columns: number, rows: number): void;
};

const PATIENCE_MS = 25_000;

export function createFakeTerminal(columns = 100, rows = 24): FakeTerminal {
  let text = "";
  let isRaw = false;
  const waiting = new Set<() => void>();
  const stdout = Object.assign(
    new Writable({
      decodeStrings: false,
      write: (chunk, _, done) => {
        text += chunk;
        for (const look of waiting) look();
        done();
      },
    }),
    { isTTY: true as const, columns, rows },
  );
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true as const,
    setRawMode: (mode: boolean) => {
      isRaw = mode;
    },
    ref: () => undefined,
    unref: () => undefined,
  });
  const shows = (expected: string): Promise<void> => {
    const from = text.length;
    return new Promise((resolve, reject) => {
      const since = () => stripVTControlCharacters(text.slice(from));
      const tooLong = setTimeout(() => {
        reject(new Error(`no '${expected}' within ${PATIENCE_MS / 1_000} s in what was shown:\n${since()}`));
      }, PATIENCE_MS);
      const look = () => {
        if (!since().includes(expected)) return;
        waiting.delete(look);
        clearTimeout(tooLong);
        resolve();
      };
      waiting.add(look);
    });
  };
  return {
    stdin,
    stdout,
    isRaw: () => isRaw,
    written: () => text,
    shows,
    press: (keys, expected) => {
      const shown = shows(expected);
      stdin.write(keys);
      return shown;
    },
    resize: (width, height) => {
      Object.assign(stdout, { columns: width, rows: height });
      stdout.emit("resize");
    },
  };
}
