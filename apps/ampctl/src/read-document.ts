import { readFile } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { text } from "node:stream/consumers";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { decodeJson } from "./output/json.ts";

/**
 * A JSON document of a file, or of stdin for `-`; big numbers stay exact.
 * @throws UsageError that does not repeat what stands there: it may be a secret
 */
export async function readDocument(io: Io, path: string): Promise<unknown> {
  const name = path === "-" ? "stdin" : path;
  const content = await readText(io, path);
  if (content.trim() === "") throw new UsageError(`${name} is empty`, { code: "INVALID_FILE" });
  try {
    return decodeJson(content);
  } catch {
    throw new UsageError(`${name} is not JSON`, { code: "INVALID_FILE", hint: "jq . shows where" });
  }
}

async function readText({ stdin, signal }: Io, path: string): Promise<string> {
  try {
    // Ctrl-C ends the wait for what is typed.
    return path === "-"
      ? await text(addAbortSignal(signal, stdin))
      : await readFile(path, { encoding: "utf8", signal });
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${path === "-" ? "stdin" : path} cannot be read`, { code: "INVALID_FILE", causes: [cause] });
  }
}
