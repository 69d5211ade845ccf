import { isAbsolute } from "node:path";
import { InvalidArgumentError } from "../domain/errors.ts";

/** @throws InvalidArgumentError for a path that would leave the store's root */
export function checkStorePath(path: string): void {
  if (isAbsolute(path) || path.includes("\0") || path.split("/").includes("..")) {
    throw new InvalidArgumentError(`path '${path}' does not lie below the store's root`);
  }
}
