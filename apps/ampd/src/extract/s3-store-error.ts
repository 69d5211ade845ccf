import { S3ServiceException } from "@aws-sdk/client-s3";
import { ObjectMissingError, StorageFailingError } from "../domain/errors.ts";
import { redact } from "./redact.ts";

export type S3Failure = {
  readonly error: Error;
  /** What was tried: `write`, `read`. */
  readonly action: string;
  /** Empty for the store as a whole. */
  readonly path: string;
  readonly root: string;
  /** Host of the store. */
  readonly host: string;
  /** What a server may have repeated in its refusal. */
  readonly secrets: readonly string[];
};

/**
 * What went wrong at an S3 store, in words, by the name that S3, the SDK or Node gives it. The foreign error is not the
 * cause of ours: it carries the signed request, and logs print causes.
 */
export function describeS3Failure(failure: S3Failure): StorageFailingError {
  const { error, action, path, root } = failure;
  const reason = reasonOf(error);
  const status = statusOf(error);
  const subject = path === "" ? root : `'${path}' in ${root}`;
  const code = status === undefined ? reason : `${reason}, HTTP ${status}`;
  const Failure = reason === "NoSuchKey" ? ObjectMissingError : StorageFailingError;
  return new Failure(`could not ${action} ${subject}: ${explain(reason, failure)} (${code})`, {
    path,
    root,
    reason,
    status: status ?? null,
  });
}

const SENTENCES: Readonly<Record<string, string>> = {
  NoSuchBucket: "the bucket does not exist",
  NoSuchKey: "there is no such object",
  NoSuchUpload: "the upload was ended by somebody else",
  AccessDenied: "the credentials do not allow this",
  AllAccessDisabled: "the bucket is closed",
  InvalidAccessKeyId: "the access key is unknown to the store",
  SignatureDoesNotMatch: "the secret key does not fit the access key",
  ExpiredToken: "the session token has expired",
  InvalidToken: "the session token is not valid",
  RequestTimeTooSkewed: "the clock of this machine is wrong",
  SlowDown: "the store asks for fewer requests",
  ServiceUnavailable: "the store is overloaded or down",
  InternalError: "the store has a fault of its own",
  CredentialsProviderError:
    "no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role",
  TimeoutError: "no answer came in time",
  AbortError: "no answer came in time",
  ETIMEDOUT: "no answer came in time",
};

const NETWORK_SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens at",
  ENOTFOUND: "no address is known for",
  EAI_AGAIN: "no name server could tell the address of",
  EHOSTUNREACH: "no way leads to",
  ENETUNREACH: "no way leads to",
  ECONNRESET: "the connection broke off to",
  EPIPE: "the connection broke off to",
};

const REGION_FAULTS: ReadonlySet<string> = new Set([
  "PermanentRedirect",
  "TemporaryRedirect",
  "AuthorizationHeaderMalformed",
  "IllegalLocationConstraintException",
]);

function explain(reason: string, { error, host, secrets }: S3Failure): string {
  if (REGION_FAULTS.has(reason)) return `the bucket lies in ${regionOf(error) ?? "another region"}: set AWS_REGION`;
  if (reason === "RegionMissing") return "no region is named: set AWS_REGION";
  const network = NETWORK_SENTENCES[reason];
  if (network !== undefined) return `${network} ${host}`;
  return SENTENCES[reason] ?? (redact(error.message, secrets) || "no reason was given");
}

/** A short word for machines: the code of S3 or of Node, else the class of the error. */
function reasonOf(error: Error): string {
  // The name comes from the server: only a word may pass.
  if (error instanceof S3ServiceException) return /^[\w.-]{1,60}$/.test(error.name) ? error.name : "UnknownError";
  if (error.message === "Region is missing") return "RegionMissing";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name;
}

function statusOf(error: Error): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

function regionOf(error: Error): string | undefined {
  if (!(error instanceof S3ServiceException)) return undefined;
  const found: unknown = "Region" in error ? error.Region : error.$response?.headers["x-amz-bucket-region"];
  return typeof found === "string" && /^[\w-]{1,40}$/.test(found) ? `region ${found}` : undefined;
}
