import { randomUUID } from "node:crypto";
import type { ObjectStore } from "./object-store.ts";

/** Proves that a store takes, gives back and deletes an object. The name is new: others may check the same store now. */
export async function checkByWriting(store: ObjectStore, signal: AbortSignal): Promise<void> {
  const path = `.tmp-check-${randomUUID()}`;
  await store.put(path, new Uint8Array([1]), signal);
  try {
    await store.get(path, signal);
  } finally {
    await store.delete(path);
  }
}
