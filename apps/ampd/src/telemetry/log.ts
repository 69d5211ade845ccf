import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";

/** Structured: facts in fields, `log.info({ job: "42" }, "job claimed")`; an error goes into the field `err`. */
export type Log = Logger;

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

/** Fields that may hold a secret. A URL is one: endpoints and databases carry keys in path, query and user part. */
const SECRET_FIELDS = [
  "url",
  "databaseUrl",
  "listenUrl",
  "rpcUrl",
  "connectionString",
  "authToken",
  "auth_token",
  "authHeader",
  "auth_header",
  "authorization",
  "Authorization",
  "cookie",
  "password",
  "token",
  "secret",
  "apiKey",
  '["x-api-key"]',
  '["set-cookie"]',
];

/** How deep below the logged object a secret field is still found: `url`, `provider.url`, `request.headers.cookie`. */
const PARENTS = ["", "*", "*.*"];

/** A log that writes one JSON line per fact, to standard output unless told otherwise. */
export function createLog(options: { readonly level: LogLevel; readonly destination?: DestinationStream }): Log {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: PARENTS.flatMap((parent) => SECRET_FIELDS.map((field) => below(parent, field))), censor: "…" },
    },
    ...(options.destination === undefined ? [] : ([options.destination] as const)),
  );
}

function below(parent: string, field: string): string {
  return parent === "" || field.startsWith("[") ? `${parent}${field}` : `${parent}.${field}`;
}
