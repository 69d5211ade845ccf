import {
  type CtlError,
  DeniedError,
  NotFoundError,
  RefusedError,
  ServerFailedError,
  TryAgainError,
  UsageError,
} from "../errors.ts";
import { decodeJson } from "../output/json.ts";
import { type Answer, type Connection, notAmpd } from "./request.ts";

/** A refusal as the server words it, in REST's body, in GraphQL's `errors`, or in a mutation's result. */
export type Refusal = {
  readonly code: string;
  readonly message: string;
  readonly requestId?: string | undefined;
  readonly retryable?: boolean | undefined;
};

const UNAUTHENTICATED = 401;
const FORBIDDEN = 403;
const TOO_MANY_REQUESTS = 429;

/** Codes that say "later" whatever carries them. */
const TRY_AGAIN_CODES = new Set(["UNAVAILABLE", "DATABASE_UNAVAILABLE", "TOO_MANY_REQUESTS", "TIMEOUT"]);

/** The error of an answer over HTTP that is no success. */
export function errorOfAnswer(connection: Connection, answer: Answer): CtlError {
  const refusal = readRefusal(answer.text);
  const { status } = answer;
  const message = refusal?.message ?? `HTTP ${status}`;
  const details = refusal?.requestId === undefined ? {} : { requestId: refusal.requestId };
  const { href } = connection.url;
  const causes = refusal === undefined ? [] : [refusal.message];
  if (status === UNAUTHENTICATED) {
    const what = connection.token === undefined ? `${href} asks for a token` : `${href} does not accept the token`;
    return new DeniedError("UNAUTHENTICATED", what, { ...details, causes });
  }
  if (status === FORBIDDEN) return new DeniedError("FORBIDDEN", `${href} does not allow this`, { ...details, causes });
  if (status === TOO_MANY_REQUESTS || status === 502 || status === 503 || status === 504) {
    const code = status === TOO_MANY_REQUESTS ? "TOO_MANY_REQUESTS" : "UNAVAILABLE";
    return new TryAgainError(refusal?.code ?? code, message, details);
  }
  return refusal === undefined ? notAmpd(connection, `it answered ${message}`) : errorOfRefusal(refusal);
}

/** A refusal by its code, which says more than an HTTP status. */
export function errorOfRefusal({ code, message, requestId, retryable }: Refusal): CtlError {
  const details = requestId === undefined ? {} : { requestId };
  if (code.endsWith("_NOT_FOUND")) return new NotFoundError(code, message, details);
  if (TRY_AGAIN_CODES.has(code)) return new TryAgainError(code, message, details);
  if (code === "UNAUTHENTICATED" || code === "FORBIDDEN") return new DeniedError(code, message, details);
  if (code === "INTERNAL") return new ServerFailedError(code, message, details);
  // Input that no server would take; a conflict may be over the next time, but only if something changes.
  if (isUsage(code)) return new UsageError(message, { ...details, code });
  return retryable === true && !code.endsWith("_CONFLICT")
    ? new TryAgainError(code, message, details)
    : new RefusedError(code, message, details);
}

function isUsage(code: string): boolean {
  return code.startsWith("INVALID_") || code.startsWith("LIMIT_");
}

function readRefusal(text: string): Refusal | undefined {
  try {
    const body = decodeJson(text);
    if (!isObject(body)) return undefined;
    const { error_code: code, error_message: message, request_id: requestId, errors } = body;
    if (typeof code === "string" && typeof message === "string") return { code, message, requestId: asText(requestId) };
    return readGraphqlErrors(errors);
  } catch {
    return undefined;
  }
}

/** The first of GraphQL's errors, which decides; `undefined` when there are none. */
export function readGraphqlErrors(errors: unknown): Refusal | undefined {
  if (!Array.isArray(errors) || !isObject(errors[0])) return undefined;
  const { message, extensions } = errors[0];
  const { code, requestId, retryable } = isObject(extensions) ? extensions : {};
  return {
    code: asText(code) ?? "GRAPHQL",
    message: asText(message) ?? "the server gave an error without a message",
    requestId: asText(requestId),
    retryable: retryable === true,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
