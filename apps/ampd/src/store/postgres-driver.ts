import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { DatabaseUnavailableError } from "../domain/errors.ts";
import { boundedClient } from "./bounded-client.ts";
import { type Driver, withWholeScripts } from "./driver.ts";
import { keepListening } from "./postgres-listener.ts";

export type PostgresSettings = {
  readonly url: string;
  /** A session for LISTEN where `url` goes through a transaction pooler. */
  readonly listenUrl?: string | undefined;
  readonly onConnectionError?: (error: Error) => void;
  readonly maxConnections?: number;
  /** A call that takes longer fails, and its connection is thrown away. */
  readonly queryTimeoutMs?: number;
  /** How often the session of LISTEN is asked whether it lives. */
  readonly listenPingMs?: number;
};

const DEFAULT_MAX_CONNECTIONS = 10;
const DEFAULT_QUERY_TIMEOUT_MS = 30_000;
const DEFAULT_LISTEN_PING_MS = 5_000;
const MAX_CONNECT_TIMEOUT_MS = 5_000;
/** Packets to a server that is gone would otherwise be sent again for a quarter of an hour. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };
/**
 * A process that is paused between two statements of a transaction keeps its locks, and nobody can take its job over. The
 * shortest lease is as long.
 */
const IDLE_IN_TRANSACTION_MS = 3_000;
/** The server gives up first: its refusal leaves the connection good. */
const STATEMENT_SHARE = 0.9;

/**
 * A PostgreSQL server, tried once before it is returned.
 * @throws DatabaseUnavailableError when it does not answer; the message holds no credentials.
 */
export async function openPostgresDriver(settings: PostgresSettings): Promise<Driver> {
  const onError = settings.onConnectionError ?? (() => {});
  const queryTimeoutMs = settings.queryTimeoutMs ?? DEFAULT_QUERY_TIMEOUT_MS;
  const connectTimeoutMs = Math.min(queryTimeoutMs, MAX_CONNECT_TIMEOUT_MS);
  const common = { connectionString: settings.url, connectionTimeoutMillis: connectTimeoutMs, ...KEEP_ALIVE };
  const pool = new pg.Pool({
    ...common,
    Client: boundedClient({ answerTimeoutMs: queryTimeoutMs, onSilence: onError }),
    max: settings.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
    application_name: "ampd",
    // A pooler refuses a session that brings them along.
    ...(settings.listenUrl === undefined
      ? {
          statement_timeout: Math.ceil(queryTimeoutMs * STATEMENT_SHARE),
          idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
        }
      : {}),
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
      const session = new pg.Pool({
        ...common,
        // The engine's lock lives in the session, which a pooler would share.
        connectionString: settings.listenUrl ?? settings.url,
        max: 1,
        application_name: "ampd-migrate",
        // A migration may take as long as it likes, whatever the role's own limits are.
        options: "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0",
      });
      session.on("error", onError);
      return {
        adapterFactory: withWholeScripts(new PrismaPg(session), (script) => session.query(script)),
        close: () => session.end(),
      };
    },
    listen: (channel, onNotification) =>
      keepListening({
        url: settings.listenUrl ?? settings.url,
        channel,
        onNotification,
        onError,
        connectTimeoutMs,
        pingMs: settings.listenPingMs ?? DEFAULT_LISTEN_PING_MS,
      }),
    close: () => pool.end(),
  };
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
