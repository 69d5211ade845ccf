import { setTimeout as sleep } from "node:timers/promises";
import { CtlError } from "../errors.ts";

/** Asks a server again and again while it is away, and tells of it once. */
export type Link = {
  /**
   * @param ask is repeated while it fails for now; not before the server has answered anything: that it is away is told
   * at once
   * @throws what asking again does not cure
   */
  keep<Value>(ask: () => Promise<Value>): Promise<Value>;
};

const RETRY_MS = 500;

export type LinkOptions = {
  /** Ends the waiting by its reason. */
  readonly signal: AbortSignal;
  /** Whether the server has answered before. */
  readonly hasAnswered?: boolean;
  note(text: string): void;
};

export function createLink({ signal, note, ...options }: LinkOptions): Link {
  let { hasAnswered = false } = options;
  let isLost = false;

  /** @throws what asking again does not cure, and whatever goes wrong before anything was answered */
  function lose(error: unknown): void {
    signal.throwIfAborted();
    if (!hasAnswered || !(error instanceof CtlError) || error.kind !== "TRY_AGAIN") throw error;
    if (!isLost) note(`lost the server, trying again: ${error.message}`);
    isLost = true;
  }

  function find(): void {
    if (isLost) note("the server answers again");
    hasAnswered = true;
    isLost = false;
  }

  return {
    async keep(ask) {
      for (;;) {
        try {
          const value = await ask();
          find();
          return value;
        } catch (error) {
          lose(error);
        }
        await sleep(RETRY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    },
  };
}
