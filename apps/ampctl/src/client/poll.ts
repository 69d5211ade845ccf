import { setTimeout as sleep } from "node:timers/promises";
import type { TryAgainError } from "../errors.ts";
import { createLink } from "./link.ts";
import type { Connection } from "./request.ts";

export type PollOptions = {
  /** Absent: as long as it takes. */
  readonly timeoutMs?: number | undefined;
  /** Told when the server does not answer, and when it does again. */
  readonly note: (text: string) => void;
  /** What is thrown when the time is over. */
  readonly tooLong: () => TryAgainError;
};

const INTERVAL_MS = 500;

/**
 * Asks twice a second until the answer is yes. A server that does not answer for now, as while it starts again, is asked
 * again.
 * @throws CtlError of `tooLong`, of Ctrl-C, and what asking again does not cure
 */
export async function pollUntil(
  server: Connection,
  isDone: (server: Connection) => Promise<boolean>,
  { timeoutMs, note, tooLong }: PollOptions,
): Promise<void> {
  const timeout = timeoutMs === undefined ? new AbortController().signal : AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([server.signal, timeout]);
  const link = createLink({ signal, note, hasAnswered: true });
  try {
    while (!(await link.keep(() => isDone({ ...server, signal })))) await sleep(INTERVAL_MS, undefined, { signal });
  } catch (error) {
    server.signal.throwIfAborted();
    throw timeout.aborted ? tooLong() : error;
  }
}
