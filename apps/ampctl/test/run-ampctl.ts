import { Readable } from "node:stream";
import { inject } from "vitest";
import type { Sink } from "../src/io.ts";
import { run } from "../src/run.ts";

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type World = {
  readonly env?: Readonly<Record<string, string>>;
  /** Both streams are a terminal of this width; absent: they are none. */
  readonly columns?: number;
  /** What is typed or piped in before it ends. */
  readonly stdin?: string;
  readonly signal?: AbortSignal;
};

/** Three days, and a while for what is renewed all the time, such as a worker's lease. */
const PASSED_MS = 3 * 86_400_000 + 1_800_000;

/**
 * Runs a command in this process, against the seeded server unless told. Three days have passed by its clock, so that
 * every age is `3d`.
 */
export async function ampctl(line: string | readonly string[], world: World = {}): Promise<Ended> {
  const words = typeof line === "string" ? line.split(" ").filter((word) => word !== "") : line;
  const out = recorder(world.columns);
  const err = recorder(world.columns);
  const code = await run(words, {
    stdin: Object.assign(Readable.from([world.stdin ?? ""]), { isTTY: world.columns !== undefined }),
    stdout: out.sink,
    stderr: err.sink,
    // No config file of whoever runs the tests.
    env: { AMP_ADMIN_URL: inject("serverUrl"), HOME: "/nonexistent", ...world.env },
    signal: world.signal ?? new AbortController().signal,
    outliveReader: () => undefined,
    now: () => new Date(inject("seededAt") + PASSED_MS),
  });
  return { code, stdout: out.text(), stderr: err.text() };
}

function recorder(columns: number | undefined): { readonly sink: Sink; text(): string } {
  const parts: string[] = [];
  const sink = {
    write: (text: string) => parts.push(text),
    ...(columns === undefined ? {} : { isTTY: true, columns }),
  };
  return { sink, text: () => parts.join("") };
}
