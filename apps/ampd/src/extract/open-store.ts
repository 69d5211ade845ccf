import { join } from "node:path";
import { InvalidConfigError } from "../domain/errors.ts";
import { openFolderStore } from "./folder-store.ts";
import type { OpenedStore } from "./object-store.ts";
import { parseStoreUrl } from "./object-store-url.ts";

export type StoreSettings = {
  /** `file:///folder` or `s3://bucket/prefix`; absent, the files lie in the data folder. */
  readonly url: string | undefined;
  readonly dataDir: string;
  /** Says where an S3 store is: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_DEFAULT_REGION`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/**
 * Opens the store of the extracted files and makes sure that it can be used.
 * @throws {StorageFailingError} when it cannot, with the reason
 * @throws {InvalidConfigError} when a setting names no store
 */
export async function openStore(settings: StoreSettings, signal: AbortSignal): Promise<OpenedStore> {
  const store = await locateStore(settings);
  try {
    await store.check(signal);
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

async function locateStore({ url, dataDir, environment }: StoreSettings): Promise<OpenedStore> {
  if (url === undefined) return openFolderStore(join(dataDir, "files"));
  const location = parseStoreUrl(url);
  if (location === undefined) throw new InvalidConfigError("--storage-url names neither a folder nor an S3 bucket");
  if (location.kind === "folder") return openFolderStore(location.path);
  const endpoint = readEndpoint(environment);
  const region = environment.AWS_REGION || environment.AWS_DEFAULT_REGION;
  // Loading the SDK takes 0.19 s (measured 2026-11-24): not for those who do without.
  const { openS3Store } = await import("./s3-store.ts");
  return openS3Store({ ...location, endpoint, region });
}

function readEndpoint(environment: StoreSettings["environment"]): string | undefined {
  const name = environment.AWS_ENDPOINT_URL_S3 ? "AWS_ENDPOINT_URL_S3" : "AWS_ENDPOINT_URL";
  const endpoint = environment[name] || undefined;
  // The value stays untold: somebody may have put a key into it.
  if (endpoint === undefined || isPlainHttpUrl(endpoint)) return endpoint;
  throw new InvalidConfigError(`${name} is not allowed: give http://host:port or https://host, without credentials`);
}

function isPlainHttpUrl(value: string): boolean {
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return false;
  const { username, password, search } = new URL(value);
  return username === "" && password === "" && search === "";
}
