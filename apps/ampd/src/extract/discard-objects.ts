import type { ObjectStore } from "./object-store.ts";

/** How long whoever failed already waits for the removal of what it wrote. */
const DISCARD_MS = 5_000;

/**
 * Deletes objects that nobody will ever name, as far as the store lets it. Never rejects: their names are recorded, and the
 * sweep finds what stays.
 */
export async function discardObjects(store: ObjectStore, paths: readonly string[]): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, DISCARD_MS);
  try {
    await Promise.race([Promise.allSettled(paths.map((path) => store.delete(path))), late]);
  } finally {
    clearTimeout(timer);
  }
}
