import { documentedRefusals } from "../../../src/rest/openapi/documented-refusals.ts";
import type { Route } from "../../../src/rest/route.ts";
import { parseTemplate } from "./compare.ts";
import type { Exchange } from "./transcript.ts";

const STREAM = "text/event-stream";

/**
 * What is documented of a route, one a line: `GET /jobs/:id 200`, `GET /jobs/:id 404 JOB_NOT_FOUND`; and what HTTP expects
 * of its path.
 */
export function documentedAnswers(route: Route): string[] {
  const { method, path, answers, stream } = route;
  const refused = documentedRefusals(route).map(({ status, code }) => `${status} ${code}`);
  const streamed = stream === undefined ? [] : [`200 ${STREAM}`, "204"];
  return [
    ...[...Object.keys(answers), ...streamed, ...refused].map((answer) => `${method} ${path} ${answer}`),
    ...(method === "GET" ? [`HEAD ${path} 200`] : []),
    `OPTIONS ${path} 204`,
    // On no path.
    `PATCH ${path} 405 METHOD_NOT_ALLOWED`,
  ];
}

/** What an exchange shows of the table's paths, in the same words; nothing where it asks for none of them. */
export function shownAnswers({ requests, answer }: Exchange, routes: readonly Route[]): string[] {
  const { status, body, headers } = answer;
  const isStreamed = headers.some(({ value }) => value?.startsWith(STREAM));
  const shown = [status, ...(isStreamed ? [STREAM] : []), ...(status < 400 ? [] : [codeOf(body)])].join(" ");
  return requests.flatMap(({ method, target }) =>
    routes
      .filter((route) => isPathOf(route, target.split("?")[0] ?? ""))
      .map(({ path }) => `${method} ${path} ${shown}`),
  );
}

function isPathOf(route: Route, path: string): boolean {
  return new RegExp(`^${route.path.replaceAll(/:\w+/g, "[^/]+")}$`).test(path);
}

function codeOf(body: string): string {
  const error = body === "" ? null : parseTemplate(body);
  return typeof error === "object" && error !== null && "error_code" in error ? String(error.error_code) : "?";
}
