import { InvalidArgumentError } from "./errors.ts";
import { show } from "./parse.ts";

/** A dataset by name, at a revision that is resolved to a manifest hash. */
export type DatasetReference = { readonly namespace: string; readonly name: string; readonly revision: Revision };

/** A semantic version, a manifest hash, the highest version, or the manifest registered last. */
export type Revision =
  | { readonly kind: "version"; readonly version: string }
  | { readonly kind: "hash"; readonly hash: string }
  | { readonly kind: "latest" }
  | { readonly kind: "dev" };

/** As long as a folder may be called, and as an index holds. */
const NAME = /^[a-z_][a-z0-9_]{0,254}$/;
const HASH = /^[0-9a-f]{64}$/;
/** No leading zeros; of more than 15 digits a number would not be exact where versions are compared. */
const NUMBER = String.raw`(?:0|[1-9]\d{0,14})`;
/** A number, or what is none for a letter or a hyphen in it. */
const PRE_RELEASE = String.raw`(?:${NUMBER}|\d*[A-Za-z-][0-9A-Za-z-]*)`;
const BUILD = "[0-9A-Za-z-]+";
/** https://semver.org, sections 2, 9 and 10. */
const VERSION = new RegExp(
  String.raw`^(?=.{1,256}$)${NUMBER}\.${NUMBER}\.${NUMBER}(?:-${PRE_RELEASE}(?:\.${PRE_RELEASE})*)?(?:\+${BUILD}(?:\.${BUILD})*)?$`,
);

/** @throws InvalidArgumentError */
export function requireDatasetName(value: string, what: "namespace" | "name"): string {
  if (NAME.test(value)) return value;
  throw new InvalidArgumentError(
    `dataset ${what} ${show(value)} is not allowed: use lower-case letters, digits and '_', not starting with a digit, 255 at most`,
  );
}

/** @throws InvalidArgumentError */
export function requireVersion(value: string): string {
  if (VERSION.test(value)) return value;
  throw new InvalidArgumentError(`version ${show(value)} is not a semantic version like 1.2.3`);
}

/** @throws InvalidArgumentError */
export function parseRevision(value: string): Revision {
  if (value === "latest" || value === "dev") return { kind: value };
  if (HASH.test(value)) return { kind: "hash", hash: value };
  if (VERSION.test(value)) return { kind: "version", version: value };
  throw new InvalidArgumentError(
    `revision ${show(value)} is not allowed: use a version like 1.2.3, a manifest hash of 64 hex digits, latest or dev`,
  );
}

/**
 * Reads `namespace/name@revision`; without a revision it is `latest`.
 * @throws InvalidArgumentError
 */
export function parseDatasetReference(value: string): DatasetReference {
  const match = /^([^/@]+)\/([^/@]+)(?:@(.+))?$/.exec(value);
  const [, namespace, name, revision] = match ?? [];
  if (namespace === undefined || name === undefined) {
    throw new InvalidArgumentError(`dataset reference ${show(value)} is not of the form namespace/name@revision`);
  }
  return {
    namespace: requireDatasetName(namespace, "namespace"),
    name: requireDatasetName(name, "name"),
    revision: parseRevision(revision ?? "latest"),
  };
}

/**
 * Reads `namespace/name`, a dataset whatever its revision.
 * @throws InvalidArgumentError
 */
export function parseDatasetName(value: string): Pick<DatasetReference, "namespace" | "name"> {
  const { namespace, name } = parseDatasetReference(value);
  if (!value.includes("@")) return { namespace, name };
  throw new InvalidArgumentError(`dataset ${show(value)} must be namespace/name, without a revision`);
}

/** `namespace/name@revision`. */
export function formatDatasetReference(reference: DatasetReference): string {
  return `${reference.namespace}/${reference.name}@${formatRevision(reference.revision)}`;
}

function formatRevision(revision: Revision): string {
  if (revision.kind === "version") return revision.version;
  return revision.kind === "hash" ? revision.hash : revision.kind;
}
