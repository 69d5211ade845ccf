import type * as domain from "../domain/errors.ts";
import { AmpError, type ErrorCode, type ErrorKind } from "../domain/errors.ts";
import { type HttpCode, STATUS_OF_HTTP_CODE } from "./http-codes.ts";
import { STATUS_OF_KIND } from "./status-of-kind.ts";

/** What is wrong with a request itself. */
export type BadInputCode =
  | "INVALID_JOB_ID"
  | "INVALID_PATH"
  | "INVALID_WORKER_ID"
  | "INVALID_PROVIDER_NAME"
  | "LIMIT_INVALID"
  | "LIMIT_TOO_LARGE"
  | "INVALID_QUERY_PARAMETERS"
  | "INVALID_QUERY_PARAM"
  | "INVALID_REQUEST_BODY"
  | "INVALID_PAYLOAD_FORMAT"
  | "INVALID_BODY"
  | "PRECONDITION_FAILED";

/** Every `error_code` of this surface; clients compare them. */
export type RestCode = ErrorCode | BadInputCode | HttpCode | "INTERNAL";

/** The domain's codes that a route can meet, each with the name that its clients know. */
export type Refusals = { readonly [Code in ErrorCode]?: RestCode };

/** A fault of the request that was found before anything was asked. */
export class BadInputError extends Error {
  readonly code: BadInputCode;

  constructor(code: BadInputCode, message: string) {
    super(message);
    this.name = "BadInputError";
    this.code = code;
  }
}

/** There is no answer now; another server, or the same one later, has it. */
export class UnavailableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnavailableError";
  }
}

/** A refusal that came as the answer to a document, where only its code and message are left. */
export class AnsweredRefusal extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = "AnsweredRefusal";
    this.code = code;
  }
}

/** A refusal as it goes out. */
export type Refusal = { readonly status: number; readonly code: RestCode; readonly message: string };

type RefusalClass = Extract<(typeof domain)[keyof typeof domain], new (...args: never[]) => AmpError>;
type KindOfCode = { readonly [Class in InstanceType<RefusalClass> as Class["code"]]: Class["kind"] };

/** What the classes in `domain/errors.ts` say, and the compiler compares: a refusal out of GraphQL has its code only. */
const KIND_OF_CODE: KindOfCode & Record<ErrorCode, ErrorKind> = {
  INVALID_ARGUMENT: "INVALID",
  INVALID_MANIFEST: "INVALID",
  INVALID_PROVIDER_NAME: "INVALID",
  INVALID_CONFIG: "INVALID",
  JOB_NOT_FOUND: "NOT_FOUND",
  EVENT_NOT_FOUND: "NOT_FOUND",
  DATASET_NOT_FOUND: "NOT_FOUND",
  MANIFEST_NOT_FOUND: "NOT_FOUND",
  PROVIDER_NOT_FOUND: "NOT_FOUND",
  WORKER_NOT_FOUND: "NOT_FOUND",
  PLAN_NOT_FOUND: "NOT_FOUND",
  JOB_CONFLICT: "CONFLICT",
  JOB_STOPPING: "CONFLICT",
  ACTIVE_JOB_CONFLICT: "CONFLICT",
  PROVIDER_IN_USE: "CONFLICT",
  IDEMPOTENCY_CONFLICT: "CONFLICT",
  VERSION_CONFLICT: "CONFLICT",
  PLAN_EXPIRED: "CONFLICT",
  OWNERSHIP_LOST: "CONFLICT",
  CHAIN_ID_MISMATCH: "CONFLICT",
  CHAIN_MISMATCH: "CONFLICT",
  DATA_DIR_IN_USE: "CONFLICT",
  ADDRESS_IN_USE: "CONFLICT",
  NO_PROVIDER: "UNAVAILABLE",
  ENDPOINT_FAILING: "UNAVAILABLE",
  BAD_CHAIN_DATA: "UNAVAILABLE",
  STORAGE_FAILING: "UNAVAILABLE",
  JOB_STALLED: "UNAVAILABLE",
  SCHEMA_MISMATCH: "UNAVAILABLE",
  DATABASE_UNAVAILABLE: "UNAVAILABLE",
  TOO_MANY_SUBSCRIPTIONS: "UNAVAILABLE",
};

/** A condition has a status of its own, whatever the domain calls what did not hold. */
const PRECONDITION_STATUS = 412;

/** What any route may meet. */
export const COMMON_REFUSALS: Refusals = { DATABASE_UNAVAILABLE: "UNAVAILABLE" };

function statusOf(code: ErrorCode): number {
  return STATUS_OF_KIND[KIND_OF_CODE[code]];
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(KIND_OF_CODE, code);
}

/** What a client of the route is told of an error; `undefined` for a bug. */
export function toRefusal(error: unknown, refusals: Refusals): Refusal | undefined {
  const { message } = error instanceof Error ? error : { message: "" };
  if (error instanceof BadInputError) return { status: badInputStatus(error.code), code: error.code, message };
  if (error instanceof UnavailableError)
    return { status: STATUS_OF_HTTP_CODE.UNAVAILABLE, code: "UNAVAILABLE", message };
  if (!(error instanceof AmpError || error instanceof AnsweredRefusal)) return undefined;
  return { ...toRestCode(error.code, refusals), message };
}

/** What a refusal of the domain is called here, and its status. */
export function toRestCode(code: ErrorCode, refusals: Refusals): { readonly status: number; readonly code: RestCode } {
  const name = refusals[code] ?? COMMON_REFUSALS[code] ?? code;
  return { status: name === "PRECONDITION_FAILED" ? PRECONDITION_STATUS : statusOf(code), code: name };
}

export function badInputStatus(code: BadInputCode): number {
  return code === "PRECONDITION_FAILED" ? PRECONDITION_STATUS : STATUS_OF_KIND.INVALID;
}
