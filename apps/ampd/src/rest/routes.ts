import createRouter from "find-my-way";
import type { Pipeline } from "../graphql/pipeline.ts";
import { ask, MaskedError } from "./ask.ts";
import { askList } from "./ask-list.ts";
import { errorAnswer, internalAnswer } from "./error-answer.ts";
import { encodeJson } from "./json.ts";
import { toRefusal } from "./refusal.ts";
import type { Answer, Method, RestRequest, Route } from "./route.ts";
import { ROUTES } from "./table.ts";

export type RestResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; a client that asked with HEAD is not sent it. */
  readonly body?: string;
};

export type RestRoutes = {
  /** The route of a request; HEAD finds that of GET. */
  find(method: string, path: string): Route | undefined;
  /**
   * Answers a request to one of the table's paths, `undefined` to any other.
   * @throws what is a bug, for the server to log and to mask
   */
  handle(request: RestRequest): Promise<RestResponse | undefined>;
};

const METHODS: readonly Method[] = ["GET", "POST", "PUT", "DELETE"];
/** Longer than any request line: a parameter that is too long is refused as what it is. */
const MAX_PARAM_LENGTH = 100_000;

/** The REST surface: each request becomes one document that is run in process. */
export function createRestRoutes(pipeline: Pick<Pipeline, "run">): RestRoutes {
  const match = createMatcher(ROUTES);

  async function answer(request: RestRequest, { route, params }: Match): Promise<RestResponse> {
    const { requestId } = request;
    try {
      const { variables, success } = route.read(request, params);
      request.signal.throwIfAborted();
      const operation = { document: route.document, variables, requestId };
      const data =
        route.list === undefined
          ? await ask(pipeline, operation)
          : await askList(pipeline, operation, { list: route.list, signal: request.signal });
      return toResponse(success(data));
    } catch (error) {
      const refusal = toRefusal(error, route.refusals);
      if (refusal !== undefined) return toResponse(errorAnswer({ ...refusal, requestId }));
      // Nobody has logged it yet.
      if (!(error instanceof MaskedError)) throw error;
      return toResponse(internalAnswer(requestId));
    }
  }

  return {
    find: (method, path) => match(method, path)?.route,
    async handle(request) {
      const { method, path, requestId } = request;
      const matched = match(method, path);
      if (matched !== undefined) return answer(request, matched);
      const allowed = METHODS.filter((other) => match(other, path) !== undefined);
      return allowed.length === 0 ? undefined : refuseMethod(method, allowed, requestId);
    },
  };
}

type Match = { readonly route: Route; readonly params: Readonly<Record<string, string | undefined>> };

/** Finds routes, and leaves the parameters percent-encoded: what cannot be decoded is refused by its own code. */
function createMatcher(routes: readonly Route[]) {
  const router = createRouter({ maxParamLength: MAX_PARAM_LENGTH });
  for (const route of routes) router.on(route.method, route.path, () => {}, route);
  return (method: string, path: string): Match | undefined => {
    const known = METHODS.find((other) => other === (method === "HEAD" ? "GET" : method));
    const found = known === undefined ? null : router.find(known, path.replaceAll("%", "%25"));
    // The router lets a parameter be empty: `/jobs/` is not a path of the table.
    if (found === null || Object.values(found.params).includes("")) return undefined;
    // What `on` was given above.
    return { route: found.store as Route, params: found.params };
  };
}

function toResponse({ status, headers = {}, body }: Answer): RestResponse {
  if (body === undefined) return { status, headers };
  return { status, headers: { "content-type": "application/json", ...headers }, body: encodeJson(body) };
}

function refuseMethod(method: string, allowed: readonly Method[], requestId: string): RestResponse {
  const allow = allowed.flatMap((one) => (one === "GET" ? ["GET", "HEAD"] : [one])).join(", ");
  const message = `${method} is not allowed here: use ${allow}`;
  return toResponse(errorAnswer({ status: 405, code: "METHOD_NOT_ALLOWED", message, requestId }, { allow }));
}
