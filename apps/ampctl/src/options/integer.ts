import { UsageError } from "../errors.ts";

const MAX_INT64 = 2n ** 63n - 1n;

/** A job's id: a positive 64-bit integer. @throws UsageError */
export function parseJobId(text: string): bigint {
  const id = /^\d{1,19}$/.test(text) ? BigInt(text) : 0n;
  if (id >= 1n && id <= MAX_INT64) return id;
  throw new UsageError(`job id '${text}' is not an integer from 1 to ${MAX_INT64}`, { code: "INVALID_JOB_ID" });
}

/** Several of them, as commander collects them. @throws UsageError */
export function parseJobIds(text: string, before: readonly bigint[] = []): readonly bigint[] {
  return [...before, parseJobId(text)];
}

/** The rows of one page. @throws UsageError */
export function parseLimit(text: string): number {
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= 1000) return limit;
  throw new UsageError(`--limit '${text}' is not an integer from 1 to 1000`, { code: "INVALID_LIMIT" });
}

/** How hard to press an endpoint. @throws UsageError */
export function parseParallelism(text: string): number {
  const parallelism = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (parallelism >= 1) return parallelism;
  throw new UsageError(`--parallelism '${text}' is not an integer from 1`, { code: "INVALID_PARALLELISM" });
}

/** Where an event feed stands: the id of an event, or 0 for all that is kept. @throws UsageError */
export function parseCursor(text: string): string {
  if (/^\d{1,19}$/.test(text) && BigInt(text) <= MAX_INT64) return text;
  throw new UsageError(`--after '${text}' is not an integer from 0 to ${MAX_INT64}`, { code: "INVALID_CURSOR" });
}

/** Blocks. @throws UsageError */
export function parseLag(text: string): bigint {
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  throw new UsageError(`--max-lag '${text}' is not an integer from 0`, { code: "INVALID_LAG" });
}
