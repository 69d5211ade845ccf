import type { ObjectStore } from "../../src/extract/object-store.ts";
import { MARKER_PATH } from "../../src/extract/store-marker.ts";

/**
 * A store whose puts wait, deaf to every abort, until they are released.
 * `held` resolves when the first one waits.
 */
export function holdPuts(store: ObjectStore): { store: ObjectStore; held: Promise<void>; release: () => void } {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  return {
    held: held.promise,
    release: () => released.resolve(),
    store: withPut(store, async (path, bytes) => {
      held.resolve();
      await released.promise;
      await store.put(path, bytes, new AbortController().signal);
    }),
  };
}

/** The same store with another put of files; its marker is written as ever. */
export function withPut(store: ObjectStore, put: ObjectStore["put"]): ObjectStore {
  return {
    root: store.root,
    put: (path, bytes, signal) => (path === MARKER_PATH ? store.put : put).call(store, path, bytes, signal),
    get: (path, signal) => store.get(path, signal),
    delete: (path) => store.delete(path),
    list: (prefix) => store.list(prefix),
  };
}
