import { show } from "../../domain/parse.ts";
import type { OptionalParameter } from "../parameter.ts";
import { BadInputError } from "../refusal.ts";

/** Its rule is the domain's: what cannot be a key is refused with the body. */
export const idempotencyKey: OptionalParameter<string | null> = {
  description:
    "The client's own name for this deploy, 1 to 255 printable ASCII characters: a repeat answers with the same job.",
  codes: [],
  schema: { type: "string", minLength: 1, maxLength: 255 },
  example: "nightly-2026-11-24",
  parse: (text) => text ?? null,
};

/** Whether a client wants to see what was done (RFC 7240, section 4.2). */
export const prefersRepresentation: OptionalParameter<boolean> = {
  description: "`return=representation`: answer with what was done, not with an empty body.",
  codes: [],
  schema: { type: "string" },
  example: "return=representation",
  parse: (text = "") =>
    text.split(/[,;]/).some((preference) => /^return\s*=\s*"?representation"?$/i.test(preference.trim())),
};

/** The entity tag of a job: its version, which grows whenever what is shown of it changes. */
export function jobTag(version: number): string {
  return `"${version}"`;
}

/** The version that a job must have; undefined where any will do (RFC 9110, section 13.1.1). */
export const ifMatch: OptionalParameter<number | undefined> = {
  description: 'The `ETag` of the job as it was seen, such as `"3"`: nothing is done to one that has changed since.',
  codes: ["PRECONDITION_FAILED"],
  schema: { type: "string" },
  example: '"3"',
  parse: (text) => {
    if (text === undefined || text.trim() === "*") return undefined;
    const version = /^"(\d{1,9})"$/.exec(text.trim())?.[1];
    if (version !== undefined) return Number(version);
    const message = `If-Match ${show(text)} cannot hold: use the one ETag that the job was answered with, such as "3", or *`;
    throw new BadInputError("PRECONDITION_FAILED", message);
  },
};

/** Whether a client has what bears a tag already (RFC 9110, section 13.1.2). */
export const ifNoneMatch: OptionalParameter<(tag: string) => boolean> = {
  description: "The `ETag` of what the client has: 304 without a body when nothing has changed.",
  codes: [],
  schema: { type: "string" },
  example: '"3"',
  parse: (text = "") => {
    const tags = text.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
    return (tag) => tags.includes(tag) || tags.includes("*");
  },
};
