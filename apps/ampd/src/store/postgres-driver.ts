import { setTimeout as sleep } from "node:timers/promises";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { DatabaseUnavailableError } from "../domain/errors.ts";
import { type Driver, type NotificationListener, withWholeScripts } from "./driver.ts";

export type PostgresSettings = {
  readonly url: string;
  /** A session for LISTEN where `url` goes through a transaction pooler. */
  readonly listenUrl?: string | undefined;
  readonly onConnectionError?: (error: Error) => void;
};

const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_DELAY_MS = 500;

/**
 * A PostgreSQL server, tried once before it is returned.
 * @throws DatabaseUnavailableError when it does not answer; the message holds no credentials.
 */
export async function openPostgresDriver(settings: PostgresSettings): Promise<Driver> {
  const onError = settings.onConnectionError ?? (() => {});
  const pool = new pg.Pool({
    connectionString: settings.url,
    max: 10,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: "ampd",
  });
  pool.on("error", onError);
  try {
    await pool.query("select 1");
  } catch (error) {
    await pool.end();
    throw unreachable(settings.url, error);
  }
  return {
    dialect: "postgres",
    adapterFactory: new PrismaPg(pool),
    openMigrationSession: () => {
      const session = new pg.Pool({ connectionString: settings.url, max: 1, application_name: "ampd-migrate" });
      session.on("error", onError);
      return {
        adapterFactory: withWholeScripts(new PrismaPg(session), (script) => session.query(script)),
        close: () => session.end(),
      };
    },
    listen: (channel, onNotification) =>
      keepListening({ url: settings.listenUrl ?? settings.url, channel, onNotification, onError }),
    close: () => pool.end(),
  };
}

type Listening = {
  readonly url: string;
  readonly channel: string;
  readonly onNotification: NotificationListener;
  readonly onError: (error: Error) => void;
};

/** Holds one LISTEN session, and opens a new one whenever it is lost; the listener is then told of the gap. */
async function keepListening(listening: Listening): Promise<{ close(): Promise<void> }> {
  const closing = new AbortController();
  let session = await openSession(listening);
  const watch = async (): Promise<void> => {
    for (;;) {
      await session.lost;
      const next = await reopen(listening, closing.signal);
      if (next === undefined) return;
      session = next;
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
  const client = new pg.Client({
    connectionString: listening.url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: "ampd-listen",
  });
  const lost = new Promise<void>((resolve) => {
    client.on("end", resolve);
    client.on("error", (error) => {
      listening.onError(error);
      resolve();
    });
  });
  client.on("notification", (message) => listening.onNotification(message.payload ?? ""));
  await client.connect();
  await client.query(`listen ${client.escapeIdentifier(listening.channel)}`);
  return { lost, end: () => client.end() };
}

function unreachable(url: string, cause: unknown): DatabaseUnavailableError {
  const reason = cause instanceof Error ? cause.message || ("code" in cause ? String(cause.code) : cause.name) : "";
  return new DatabaseUnavailableError(
    `the database at ${withoutCredentials(url)} cannot be used: ${reason}`,
    {},
    { cause },
  );
}

function withoutCredentials(url: string): string {
  if (!URL.canParse(url)) return "the given URL";
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}${port === "" ? "" : `:${port}`}${pathname}`;
}
