import type { Readable } from "node:stream";

/** A stream to read from. */
export type Source = Readable & { readonly isTTY?: boolean };

/** A stream to write to; a terminal tells its width. */
export type Sink = {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
};

/** All that a command has of the world: tests bring their own. */
export type Io = {
  /** Answers to questions, and documents that are piped in. */
  readonly stdin: Source;
  /** Results, and nothing else. */
  readonly stdout: Sink;
  /** Everything else. */
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C, with an `InterruptedError` as its reason. */
  readonly signal: AbortSignal;
  /** From now on the program goes on when nobody reads its results any more: it is changing something. */
  outliveReader(): void;
  now(): Date;
};
