import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { open, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { callAnvil } from "./anvil.ts";

/** Keeps the whole chain of an Anvil in a gzip file, in one step: after a crash the file is the last whole one. */
export async function saveState(url: string, file: string): Promise<void> {
  const packed = await callAnvil(url, "anvil_dumpState", [false], AbortSignal.timeout(60_000));
  if (typeof packed !== "string" || !packed.startsWith("0x1f8b")) throw new Error("Anvil gave no state to save");
  const next = `${file}.next`;
  await writeFile(next, Buffer.from(packed.slice(2), "hex"), { flush: true });
  await rename(next, file);
  await flushFolder(dirname(file));
}

/**
 * Unpacks a saved state for `anvil --load-state`.
 *
 * @returns the JSON file beside it, or `undefined` when nothing was saved yet
 * @throws Error when the file is damaged: a new chain in its place would contradict what was extracted from this one
 */
export async function unpackState(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined;
  const unpacked = `${file}.json`;
  try {
    await pipeline(createReadStream(file), createGunzip(), createWriteStream(unpacked));
  } catch (error) {
    await rm(unpacked, { force: true });
    throw new Error(
      `the state of the local chain in ${file} is damaged: restore it, or remove it together with the extracted data`,
      { cause: error },
    );
  }
  return unpacked;
}

async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
