import { ObjectMissingError, StorageFailingError } from "../domain/errors.ts";
import type { ObjectStore } from "./object-store.ts";

/** The object that tells a store from an empty folder in its place. */
export const MARKER_PATH = ".amp-store";

/**
 * The UUID in the marker of a store; undefined where there is no marker.
 * @throws {StorageFailingError} when the store cannot say, or the marker is broken
 */
export async function readMarker(store: ObjectStore, signal: AbortSignal): Promise<string | undefined> {
  const bytes = await store.get(MARKER_PATH, signal).catch((error: unknown) => {
    if (error instanceof ObjectMissingError) return undefined;
    throw error;
  });
  if (bytes === undefined) return undefined;
  const id = parseMarker(new TextDecoder().decode(bytes));
  if (id !== undefined) return id;
  throw new StorageFailingError(
    `the marker '${MARKER_PATH}' in ${store.root} is broken: it must read {"id":"<uuid>"}`,
    {
      path: MARKER_PATH,
      root: store.root,
    },
  );
}

/** Durable when it resolves. */
export async function writeMarker(store: ObjectStore, id: string, signal: AbortSignal): Promise<void> {
  await store.put(MARKER_PATH, new TextEncoder().encode(`${JSON.stringify({ id })}\n`), signal);
}

function parseMarker(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("id" in value) || typeof value.id !== "string")
      return undefined;
    return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value.id) ? value.id.toLowerCase() : undefined;
  } catch {
    return undefined;
  }
}
