import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A line of the program's log, its time in milliseconds since 1970; other fields are facts of it. */
export type LogLine = { readonly time: number; readonly msg: string; readonly [field: string]: unknown };

export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const READY = "ampd answers";
/** Lines kept in memory; a file has them all. */
const MAX_LINES = 20_000;

/** A real `ampd` process. Signals hit it itself: there is no shell and no launcher between. */
export class Program {
  readonly process: ChildProcess;
  /** The address it answers at. Rejects when it ends before that. */
  readonly ready: Promise<string>;
  /** Never rejects. */
  readonly ended: Promise<Ending>;
  readonly lines: LogLine[] = [];
  readonly #errors: string[] = [];
  readonly #watchers = new Set<(line: LogLine) => void>();
  #ending: Ending | undefined;

  constructor(words: readonly string[], logFile?: string) {
    const child = spawn(process.execPath, [MAIN, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    this.process = child;
    const file = logFile === undefined ? undefined : createWriteStream(logFile, { flags: "a" });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors.push(text);
      file?.write(text);
    });
    createInterface({ input: child.stdout }).on("line", (text) => {
      file?.write(`${text}\n`);
      this.#read(text);
    });
    this.ended = once(child, "close").then(([code, signal]) => {
      file?.end();
      this.#ending = { code, signal };
      return this.#ending;
    });
    const early = this.ended.then(({ code, signal }): never => {
      throw new Error(`ampd ${words[0]} ended (${signal ?? code}) before it answered:\n${this.complaint()}`);
    });
    const answers = this.line(({ msg }) => msg === READY);
    this.ready = Promise.race([answers.then((line) => String(line.address)), early]);
    // Whoever does not wait for it hears of the end elsewhere.
    this.ready.catch(() => undefined);
    early.catch(() => undefined);
  }

  get hasEnded(): boolean {
    return this.#ending !== undefined;
  }

  /** What it wrote to its standard error. */
  get errors(): string {
    return this.#errors.join("");
  }

  /** What it wrote to its standard error, and the last lines of its log. */
  complaint(): string {
    return [this.errors, ...this.lines.slice(-20).map((line) => JSON.stringify(line))].join("\n");
  }

  /** The first line, past or future, that matches. Waits without a limit: race it against one. */
  line(matches: (line: LogLine) => boolean): Promise<LogLine> {
    const past = this.lines.find(matches);
    if (past !== undefined) return Promise.resolve(past);
    const { promise, resolve } = Promise.withResolvers<LogLine>();
    const watch = (line: LogLine) => {
      if (!matches(line)) return;
      this.#watchers.delete(watch);
      resolve(line);
    };
    this.#watchers.add(watch);
    return promise;
  }

  /** Calls `see` for every line from now on. */
  watch(see: (line: LogLine) => void): void {
    this.#watchers.add(see);
  }

  signal(name: NodeJS.Signals): void {
    if (!this.hasEnded) this.process.kill(name);
  }

  /** Sends the signal and waits for the end. Idempotent. */
  async end(name: NodeJS.Signals): Promise<Ending> {
    this.signal(name);
    // A paused process takes no other signal than SIGKILL before it goes on.
    if (name !== "SIGSTOP") this.signal("SIGCONT");
    return this.ended;
  }

  #read(text: string): void {
    const line = parseLine(text);
    if (line === undefined) return;
    this.lines.push(line);
    if (this.lines.length > MAX_LINES) this.lines.splice(0, MAX_LINES / 2);
    for (const watch of [...this.#watchers]) watch(line);
  }
}

function parseLine(text: string): LogLine | undefined {
  try {
    const line = JSON.parse(text) as LogLine; // pino writes one object a line
    return { ...line, time: Date.parse(String(line.time)) };
  } catch {
    return undefined;
  }
}
