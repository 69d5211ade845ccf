import { InvalidArgumentError } from "./errors.ts";
import { show } from "./parse.ts";

/**
 * A client's name for one request: 1 to 255 printable characters of ASCII, compared exactly.
 * @throws InvalidArgumentError
 */
export function requireIdempotencyKey(value: string): string {
  if (/^[ -~]{1,255}$/.test(value)) return value;
  throw new InvalidArgumentError(
    `idempotency key ${show(value)} is not allowed: use 1 to 255 printable ASCII characters`,
  );
}
