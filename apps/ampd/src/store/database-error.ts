import { AmpError, DatabaseUnavailableError } from "../domain/errors.ts";
import { Prisma } from "./generated/client.ts";

/** SQLSTATE of `amp_require`: a condition of a batch did not hold, so nothing of it was done. */
const REFUSED = "AMP01";

/** Whether a batch was refused by one of its own conditions. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && sqlStateOf(error) === REFUSED;
}

/** A database's own error as the curable refusal that it is to its caller; anything else as it was. */
export function translateDatabaseError(error: unknown): unknown {
  if (error instanceof AmpError || !isDatabaseError(error)) return error;
  return new DatabaseUnavailableError("the database could not be used", {}, { cause: error });
}

/** How `pg` says that a connection was lost or cannot be had: plain errors, which Prisma hands through. */
const CONNECTION_LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool)/;

function isDatabaseError(error: unknown): boolean {
  if (error instanceof Error && CONNECTION_LOST.test(error.message)) return true;
  return (
    error instanceof Prisma.PrismaClientKnownRequestError ||
    error instanceof Prisma.PrismaClientUnknownRequestError ||
    error instanceof Prisma.PrismaClientInitializationError
  );
}

/** The SQLSTATE that the server gave, where the error came from it. */
function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  const adapterError = error.meta?.driverAdapterError;
  const cause = adapterError instanceof Error ? adapterError.cause : undefined;
  const code = typeof cause === "object" && cause !== null && "originalCode" in cause ? cause.originalCode : undefined;
  return typeof code === "string" ? code : undefined;
}
