import { InvalidArgumentError } from "../../domain/errors.ts";

/** Of state feeds, unless they are told. */
export const DEFAULT_INTERVAL_MS = 250;
const MAX_INTERVAL_MS = 60_000;

/** @throws InvalidArgumentError */
export function requireInterval(minInterval: number): number {
  if (minInterval >= 0 && minInterval <= MAX_INTERVAL_MS) return minInterval;
  throw new InvalidArgumentError(`minInterval must be from 0 to ${MAX_INTERVAL_MS} ms, not ${minInterval}`);
}
