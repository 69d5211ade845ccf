import { fileURLToPath } from "node:url";

/** A place for files, as `--storage-url` names it. */
export type StoreLocation =
  | { readonly kind: "folder"; readonly path: string }
  /** Without a `/` at either end of the prefix; the whole bucket has the empty one. */
  | { readonly kind: "s3"; readonly bucket: string; readonly prefix: string };

/** Reads `file:///folder` or `s3://bucket/prefix`; undefined for anything else, also for credentials or a query within. */
export function parseStoreUrl(url: string): StoreLocation | undefined {
  if (/^file:\/\/\//i.test(url)) return parseFileUrl(url);
  const [, bucket, rest = ""] = /^s3:\/\/([^/]*)(?:\/(.*))?$/is.exec(url) ?? [];
  if (bucket === undefined || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) return undefined;
  const prefix = rest.replace(/\/$/, "");
  return prefix === "" || prefix.split("/").every(isPrefixPart) ? { kind: "s3", bucket, prefix } : undefined;
}

function parseFileUrl(url: string): StoreLocation | undefined {
  if (/[?#]/.test(url)) return undefined;
  try {
    return { kind: "folder", path: fileURLToPath(url) };
  } catch {
    // An encoded `/` or a broken escape names no path.
    return undefined;
  }
}

/** Without what URLs give a meaning to, which S3 does not: whoever writes `%20` or `?region=` would not get it. */
function isPrefixPart(part: string): boolean {
  return /^[^\s?#%\\\p{C}]+$/u.test(part) && part !== "." && part !== "..";
}
