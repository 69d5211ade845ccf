import createRouter from "find-my-way";
import type { Pipeline } from "../graphql/pipeline.ts";
import { ask, MaskedError } from "./ask.ts";
import { askList } from "./ask-list.ts";
import { collect } from "./collect.ts";
import { type ErrorAnswer, errorAnswer, internalAnswer } from "./error-answer.ts";
import { encodeJson } from "./json.ts";
import { toRefusal } from "./refusal.ts";
import type { RestRequest } from "./request.ts";
import type { Answer, Method, Question, Route } from "./route.ts";
import { END_ID, type ServerSentEvent } from "./server-sent-event.ts";
import { failedEvent, openStream } from "./stream.ts";
import { ROUTES } from "./table/table.ts";

export type RestResponse =
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      /** JSON; a client that asked with HEAD is not sent it. */
      readonly body?: string;
    }
  | { readonly events: AsyncIterableIterator<ServerSentEvent, undefined> };

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
export function createRestRoutes(pipeline: Pick<Pipeline, "run" | "subscribe">): RestRoutes {
  const match = createMatcher(ROUTES);

  function read(
    { document, list }: Route,
    { variables, collection }: Question,
    request: RestRequest,
  ): Promise<unknown> {
    const { requestId, signal, closing } = request;
    const operation = { document, variables, requestId };
    if (list !== undefined) return askList(pipeline, operation, { list, signal });
    if (collection === undefined) return ask(pipeline, operation);
    return collect(pipeline, operation, { collection, signal: AbortSignal.any([signal, closing]) });
  }

  async function answer(request: RestRequest, { route, params }: Match): Promise<RestResponse> {
    const { requestId } = request;
    try {
      const question = route.read(request, params);
      request.signal.throwIfAborted();
      const { stream, refusals } = route;
      if (stream !== undefined && request.wantsEvents && request.method === "GET") {
        const lastEventId = request.headers["last-event-id"]?.toString() || undefined;
        // An EventSource comes back for ever unless it is told that there is no more.
        if (lastEventId === END_ID) return { status: 204, headers: {} };
        const { variables } = question;
        return { events: await openStream(pipeline, { stream, refusals }, { variables, requestId, lastEventId }) };
      }
      return toResponse(question.success(await read(route, question, request)));
    } catch (error) {
      const refusal = toRefusal(error, route.refusals);
      if (refusal !== undefined) return refuse(errorAnswer({ ...refusal, requestId }), request, route);
      // Nobody has logged it yet.
      if (!(error instanceof MaskedError)) throw error;
      return toResponse(internalAnswer(requestId));
    }
  }

  /** An EventSource comes back from a stream that fails, and from no other answer. */
  function refuse(answer: ErrorAnswer, { method, wantsEvents }: RestRequest, { stream }: Route): RestResponse {
    if (answer.status !== 503 || stream === undefined || !wantsEvents || method !== "GET") return toResponse(answer);
    return { events: only(failedEvent(answer)) };
  }

  return {
    find: (method, path) => match(method, path)?.route,
    async handle(request) {
      const { method, path, requestId } = request;
      const matched = match(method, path);
      if (matched !== undefined) return answer(request, matched);
      const allowed = METHODS.filter((other) => match(other, path) !== undefined);
      if (allowed.length === 0) return undefined;
      const allow = allowed
        .flatMap((one) => (one === "GET" ? ["GET", "HEAD"] : [one]))
        .concat("OPTIONS")
        .join(", ");
      return method === "OPTIONS" ? { status: 204, headers: { allow } } : refuseMethod(method, allow, requestId);
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

function refuseMethod(method: string, allow: string, requestId: string): RestResponse {
  const message = `${method} is not allowed here: use ${allow}`;
  return toResponse(errorAnswer({ status: 405, code: "METHOD_NOT_ALLOWED", message, requestId }, { allow }));
}

async function* only<Item>(item: Item): AsyncGenerator<Item, undefined> {
  yield item;
}
