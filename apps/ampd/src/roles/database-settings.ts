import type { DatabaseSettings } from "../store/database.ts";
import type { Log } from "../telemetry/log.ts";

/** The named server, or without one the database that is embedded in the process. */
export function databaseSettings(
  { databaseUrl, listenUrl }: { readonly databaseUrl: string | undefined; readonly listenUrl?: string | undefined },
  directory: string,
  log?: Log,
): DatabaseSettings {
  if (databaseUrl === undefined) return { kind: "embedded", directory };
  const onConnectionError = (error: Error) => log?.warn({ reason: error.message }, "a database connection was lost");
  return { kind: "postgres", url: databaseUrl, listenUrl, onConnectionError };
}
