import { InvalidArgumentError } from "./errors.ts";
import { show } from "./parse.ts";

/**
 * A node id, or a prefix followed by `*`.
 * @throws InvalidArgumentError
 */
export function requireNodeSelector(value: string): string {
  if (/^[A-Za-z0-9._-]{0,100}\*?$/.test(value) && value !== "") return value;
  throw new InvalidArgumentError(
    `node selector ${show(value)} is not allowed: use a node id (letters, digits, '.', '_', '-'), or a prefix and '*'`,
  );
}
