import { AmpError, DatabaseUnavailableError } from "../domain/errors.ts";
import { Prisma } from "./generated/client.ts";

/** SQLSTATE of `amp_require`: a condition of a batch did not hold, so nothing of it was done. */
const REFUSED = "AMP01";
const FOREIGN_KEY_VIOLATION = "23503";

/** Whether a batch was refused by one of its own conditions. */
export function isRefusal(error: unknown): boolean {
  return sqlStateOf(error) === REFUSED;
}

/** Whether a row was written that names another one that is not there. */
export function isMissingReference(error: unknown): boolean {
  return sqlStateOf(error) === FOREIGN_KEY_VIOLATION;
}

/**
 * The curable refusal that an outage of the database is to its caller; anything else as it was. A statement that the
 * database rejects for what it says (a broken constraint, a syntax error) is a bug and no outage.
 */
export function translateDatabaseError(error: unknown): unknown {
  if (error instanceof AmpError || !isOutage(error)) return error;
  return new DatabaseUnavailableError("the database could not be used", {}, { cause: error });
}

/** How `pg` and PGlite say that a connection was lost or cannot be had: plain errors, which Prisma hands through. */
const CONNECTION_LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool|PGlite is closed)/;

/** How Prisma's adapters say it; such an error has no SQLSTATE. */
const OUTAGE_KINDS: readonly unknown[] = [
  "AuthenticationFailed",
  "ConnectionClosed",
  "DatabaseNotReachable",
  "SocketTimeout",
  "TlsConnectionError",
  "TooManyConnections",
];

/** How Prisma itself says that no connection, or no transaction, was to be had in time. */
const OUTAGE_CODES = ["P1001", "P1002", "P1008", "P1017", "P2024", "P2028"];

/**
 * SQLSTATEs that the same statement may not meet next time (PostgreSQL, appendix A): connection exceptions (class 08),
 * insufficient resources (53, of which 53300 is too many connections), shutdowns and time-outs by the administrator
 * (57014, 57P0x), serialization failures and deadlocks, a lock that was not to be had, a server that is read-only while
 * it takes over.
 */
const OUTAGE_SQLSTATE = /^(08...|53...|57014|57P0[1-35]|40001|40P01|55P03|25006)$/;

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (CONNECTION_LOST.test(error.message)) return true;
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (error instanceof Prisma.PrismaClientKnownRequestError && OUTAGE_CODES.includes(error.code)) return true;
  return OUTAGE_KINDS.includes(faultOf(error)?.kind) || OUTAGE_SQLSTATE.test(sqlStateOf(error) ?? "");
}

/** The SQLSTATE that the server gave, where the error came from it. */
function sqlStateOf(error: unknown): string | undefined {
  const state = faultOf(error)?.originalCode;
  return typeof state === "string" ? state : undefined;
}

/** What the adapter says of an error: it comes within Prisma's own, or alone out of a batch. */
function faultOf(error: unknown): { readonly kind?: unknown; readonly originalCode?: unknown } | undefined {
  const adapterError = error instanceof Prisma.PrismaClientKnownRequestError ? error.meta?.driverAdapterError : error;
  if (!(adapterError instanceof Error) || adapterError.name !== "DriverAdapterError") return undefined;
  const { cause } = adapterError;
  return typeof cause === "object" && cause !== null ? cause : undefined;
}
