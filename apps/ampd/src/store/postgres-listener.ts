import { setTimeout as sleep } from "node:timers/promises";
import { boundedClient } from "./bounded-client.ts";
import type { NotificationListener } from "./driver.ts";

export type Listening = {
  readonly url: string;
  readonly channel: string;
  readonly onNotification: NotificationListener;
  readonly onError: (error: Error) => void;
  readonly connectTimeoutMs: number;
  /** How often the session is asked whether it lives; an answer that takes as long is none. */
  readonly pingMs: number;
};

const RECONNECT_DELAY_MS = 500;

/** Holds one LISTEN session, and opens a new one whenever it is lost; the listener is then told of the gap. */
export async function keepListening(listening: Listening): Promise<{ close(): Promise<void> }> {
  const closing = new AbortController();
  let session = await openSession(listening);
  const watch = async (): Promise<void> => {
    for (;;) {
      await session.lost;
      const next = await reopen(listening, closing.signal);
      if (next === undefined) return;
      session = next;
      // Closed in the same moment: it ended the session before this one.
      if (closing.signal.aborted) return session.end();
      listening.onNotification(undefined);
    }
  };
  const done = watch();
  return {
    close: async () => {
      closing.abort();
      await session.end();
      await done;
    },
  };
}

/** Tries until a session stands; `undefined` once it is no longer wanted. */
async function reopen(listening: Listening, signal: AbortSignal): Promise<Session | undefined> {
  while (!signal.aborted) {
    try {
      await sleep(RECONNECT_DELAY_MS, undefined, { signal });
      const session = await openSession(listening);
      if (!signal.aborted) return session;
      await session.end();
    } catch (error) {
      if (!signal.aborted) listening.onError(error instanceof Error ? error : new Error(String(error)));
    }
  }
  return undefined;
}

type Session = { readonly lost: Promise<void>; end(): Promise<void> };

async function openSession(listening: Listening): Promise<Session> {
  const { url, channel, onNotification, onError, connectTimeoutMs, pingMs } = listening;
  const Client = boundedClient({ answerTimeoutMs: pingMs, onSilence: onError });
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: "ampd-listen",
  });
  const over = new AbortController();
  const lost = new Promise<void>((resolve) => {
    const lose = () => {
      over.abort();
      resolve();
    };
    client.on("end", lose);
    client.on("error", (error) => {
      onError(error);
      lose();
    });
  });
  client.on("notification", (message) => onNotification(message.payload ?? ""));
  try {
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(channel)}`);
  } catch (error) {
    await client.end();
    throw error;
  }
  void ping(client, pingMs, over.signal);
  return { lost, end: () => client.end() };
}

/** A connection that is dead without a word would be silent for ever: nothing is ever sent over it. */
async function ping(client: InstanceType<ReturnType<typeof boundedClient>>, everyMs: number, over: AbortSignal) {
  try {
    for (;;) {
      await sleep(everyMs, undefined, { signal: over });
      await client.query("select 1");
    }
  } catch {
    await client.end();
  }
}
