import type { RestRequest } from "./route.ts";

/** Whether a client wants to see what was done (RFC 7240, section 4.2). */
export function prefersRepresentation({ prefer = "" }: RestRequest["headers"]): boolean {
  return String(prefer)
    .split(/[,;]/)
    .some((preference) => /^return\s*=\s*"?representation"?$/i.test(preference.trim()));
}
