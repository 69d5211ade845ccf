import type { WaitCause } from "../domain/live-report.ts";
import type { ObjectStore } from "../extract/object-store.ts";

/** The same store, that tells of every file that it begins or has done. */
export function advancingStore(store: ObjectStore, advance: (stage: string, awaited: WaitCause) => void): ObjectStore {
  return {
    root: store.root,
    put: async (path, bytes, signal) => {
      advance(`writing file ${path}`, "STORE");
      await store.put(path, bytes, signal);
      advance(`checking file ${path}`, "STORE");
    },
    get: async (path, signal) => {
      advance(`reading file ${path}`, "STORE");
      const bytes = await store.get(path, signal);
      advance(`checking file ${path}`, "STORE");
      return bytes;
    },
    delete: (path) => store.delete(path),
    list: (prefix) => store.list(prefix),
  };
}
