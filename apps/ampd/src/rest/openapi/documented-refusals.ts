import { type HttpCode, STATUS_OF_HTTP_CODE } from "../http-codes.ts";
import { badInputStatus, COMMON_REFUSALS, isErrorCode, type RestCode, toRestCode } from "../refusal.ts";
import type { Route } from "../route.ts";

export type DocumentedRefusal = { readonly status: number; readonly code: RestCode };

/** Every refusal that a client of a route may meet, each once, by status. */
export function documentedRefusals(route: Route): readonly DocumentedRefusal[] {
  const { params, query, headers, body, refusals } = route;
  const parameters = [...Object.values(params), ...Object.values(query.parameters), ...Object.values(headers)];
  const badInput = [
    ...parameters.flatMap(({ codes }) => codes),
    query.code,
    ...(body === undefined ? [] : [body.code]),
  ];
  const all: readonly DocumentedRefusal[] = [
    ...badInput.map((code) => ({ status: badInputStatus(code), code })),
    ...Object.keys({ ...refusals, ...COMMON_REFUSALS })
      .filter(isErrorCode)
      .map((code) => toRestCode(code, refusals)),
    ...httpCodes(route).map((code) => ({ status: STATUS_OF_HTTP_CODE[code], code })),
    { status: 500, code: "INTERNAL" },
  ];
  const once = new Map(all.map((refusal) => [`${refusal.status} ${refusal.code}`, refusal]));
  return [...once.values()].sort((one, other) => one.status - other.status);
}

/** What the server refuses before a route is asked; UNAVAILABLE while it starts. */
function httpCodes({ method, body }: Route): readonly HttpCode[] {
  return [
    "FORBIDDEN",
    "UNAVAILABLE",
    // Also of a request that needs no body: a page of any origin could send it one that is no JSON.
    ...(method === "GET" ? [] : (["UNSUPPORTED_MEDIA_TYPE"] as const)),
    ...(body === undefined ? [] : (["PAYLOAD_TOO_LARGE"] as const)),
  ];
}
