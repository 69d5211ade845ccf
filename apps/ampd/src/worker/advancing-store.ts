import type { ObjectStore } from "../extract/object-store.ts";

/** The same store, that tells of every file that it begins or has done. */
export function advancingStore(store: ObjectStore, advance: (stage: string) => void): ObjectStore {
  return {
    root: store.root,
    put: async (path, bytes, signal) => {
      advance(`writing file ${path}`);
      await store.put(path, bytes, signal);
      advance(`checking file ${path}`);
    },
    get: async (path, signal) => {
      advance(`reading file ${path}`);
      const bytes = await store.get(path, signal);
      advance(`checking file ${path}`);
      return bytes;
    },
    delete: (path) => store.delete(path),
    list: (prefix) => store.list(prefix),
  };
}
