import { isIP } from "node:net";
import { z } from "zod";
import { parseStoreUrl } from "./extract/object-store-url.ts";
import { withoutBrackets } from "./http/loopback.ts";

/** A kind of value: what it reads from the text of a flag or variable, and what is allowed, as the end of "give …". */
export type ValueKind<T> = { readonly schema: z.ZodType<T, string | undefined>; readonly allowed: string };

export const path: ValueKind<string> = { schema: z.string().trim().min(1), allowed: "a path that is not empty" };

/** Absent when not given. */
export const optionalPath: ValueKind<string | undefined> = { ...path, schema: path.schema.optional() };

export const nodeId: ValueKind<string> = {
  schema: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/),
  allowed: "1 to 100 letters, digits, '.', '_' or '-'",
};

export const hostName: ValueKind<string> = {
  schema: z
    .string()
    .transform(withoutBrackets)
    .refine((host) => isIP(host) !== 0 || /^(?=.{1,253}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.?$/.test(host)),
  allowed: "a host name or an IP address",
};

/** `insecure` without a value means true. */
export const yesOrNo: ValueKind<boolean> = {
  schema: z.stringbool({ truthy: ["true", "1", "yes", "on"], falsy: ["false", "0", "no", "off"] }),
  allowed: "true or false",
};

export const origins: ValueKind<readonly string[]> = {
  schema: listOf(z.string().refine(isOrigin)).transform((list) => list.map((origin) => new URL(origin).origin)),
  allowed: "a comma list of origins such as https://amp.example.com, without a path and without '*'",
};

export const variableNames: ValueKind<readonly string[]> = {
  schema: listOf(z.string().regex(/^[A-Za-z_]\w*$/)),
  allowed: "a comma list of names of environment variables",
};

export function wholeNumber(least: number, most: number): ValueKind<number> {
  const digits = z.string().regex(/^\d{1,15}$/);
  return {
    schema: digits.transform(Number).pipe(z.number().min(least).max(most)),
    allowed: `a whole number from ${least} to ${most}`,
  };
}

export function oneOf<const Word extends string>(words: readonly Word[]): ValueKind<Word> {
  return { schema: z.enum(words), allowed: `one of ${words.join(", ")}` };
}

/** A URL of one of the schemes that names a host; it may hold secrets. Absent when not given. */
export function optionalUrl(schemes: readonly string[]): ValueKind<string | undefined> {
  const hasScheme = (value: string): boolean =>
    schemes.some((scheme) => value.toLowerCase().startsWith(`${scheme}://`)) && URL.canParse(value);
  return { schema: z.string().refine(hasScheme).optional(), allowed: `a URL that starts with ${inWords(schemes)}` };
}

/** Where files go; absent when not given. */
export const storageUrl: ValueKind<string | undefined> = {
  schema: z
    .string()
    .refine((value) => parseStoreUrl(value) !== undefined)
    .optional(),
  allowed: "file:///folder or s3://bucket/prefix, without credentials and without a query",
};

/** Milliseconds from `500ms`, `10s`, `5m` or `24h`; both ends are durations too, and allowed. */
export function duration(least: string, most: string, reason = ""): ValueKind<number> {
  const isWithin = (milliseconds: number): boolean => milliseconds >= toMs(least) && milliseconds <= toMs(most);
  return {
    schema: z
      .string()
      .regex(/^\d{1,12}(ms|s|m|h)$/)
      .transform(toMs)
      .refine(isWithin),
    allowed: `a duration from ${least}${reason} to ${most}, such as 500ms, 10s, 5m or 24h`,
  };
}

/** A duration as above; undefined for `off`. */
export function durationOrOff(least: string, most: string): ValueKind<number | undefined> {
  const { schema, allowed } = duration(least, most);
  return {
    schema: z.union([z.literal("off").transform(() => undefined), schema]),
    allowed: `off, or ${allowed}`,
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function toMs(value: string): number {
  const unit = value.replace(/^\d+/, "");
  return Number.parseInt(value, 10) * (UNIT_MS[unit] ?? Number.NaN);
}

/** Parts of a comma list; spaces around them and an end comma do no harm. */
function listOf(part: z.ZodType<string, string>): z.ZodType<string[], string> {
  const split = (value: string): string[] =>
    value.split(",").flatMap((word) => (word.trim() === "" ? [] : word.trim()));
  return z.string().transform(split).pipe(z.array(part));
}

function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, origin, href } = new URL(value);
  return (protocol === "http:" || protocol === "https:") && href === `${origin}/` && !value.includes("*");
}

function inWords(schemes: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "disjunction" }).format(schemes.map((scheme) => `${scheme}://`));
}
