import type { OutgoingHttpHeaders } from "node:http";
import { onTestFinished } from "vitest";
import { EventLog } from "../../src/feed/event-log.ts";
import { JobHub } from "../../src/feed/hub.ts";
import { JobsFeed } from "../../src/feed/jobs-feed.ts";
import type { Services } from "../../src/graphql/context.ts";
import { LIMITS } from "../../src/graphql/limits/operation-limits.ts";
import { createPipeline, type PipelineOptions } from "../../src/graphql/pipeline.ts";
import type { EventStreamLimits } from "../../src/http/event-stream.ts";
import { createGraphqlDoor } from "../../src/http/graphql-door.ts";
import { createGraphqlSocketDoor, type SocketLimits } from "../../src/http/graphql-socket-door.ts";
import { createRestDoor } from "../../src/http/rest-door.ts";
import type { HttpServerOptions } from "../../src/http/server.ts";
import { createRestRoutes } from "../../src/rest/routes.ts";
import type { Database } from "../../src/store/database.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { type Asked, ask, startTestServer } from "../http-server.ts";

export const VERSION = "{ server { version } }";
/** A field of Query is counted as a statement to the database, its value as one. */
export const VERSION_ANSWER = {
  data: { server: { version: "1.2.3" } },
  extensions: { cost: { requested: 101, maximum: LIMITS.maxCost } },
};

export type StartOptions = {
  readonly maxSubscribers?: number;
  readonly limits?: Partial<SocketLimits>;
  readonly eventStream?: Partial<EventStreamLimits>;
  readonly http?: Partial<HttpServerOptions>;
  readonly services?: Partial<Services>;
  readonly pipeline?: PipelineOptions;
};

export type GraphqlServer = Awaited<ReturnType<typeof startGraphql>>;

/** The hub, the pipeline and its doors over a database, behind a real server; all of it ends with the test. */
export async function startGraphql(database: Database, options: StartOptions = {}) {
  const logLines: string[] = [];
  const log = createLog({ level: "info", destination: { write: (line) => logLines.push(line) } });
  const server = await startTestServer({ log, ...options.http });
  const { maxSubscribers = 1_000 } = options;
  const hub = new JobHub({ database, log, maxSubscribers, minReadIntervalMs: 1 });
  await hub.start();
  onTestFinished(() => hub.close());
  // One more for the feed of jobs, which follows the log too; and no reads that a test has not asked for.
  const events = await EventLog.open({ database, log, maxSubscribers: maxSubscribers + 1, pollMs: 600_000 });
  onTestFinished(() => events.close());
  const jobsFeed = await JobsFeed.open({ database, log, events, maxSubscribers, minReadIntervalMs: 1 });
  onTestFinished(() => jobsFeed.close());
  const services = {
    database,
    hub,
    events,
    jobsFeed,
    role: "controller" as const,
    nodeId: "controller-1",
    version: "1.2.3",
    stopDeadlineMs: 60_000,
    ...options.services,
  };
  const pipeline = createPipeline(services, log, options.pipeline);
  const socketDoor = createGraphqlSocketDoor(pipeline, options.limits);
  onTestFinished(() => socketDoor.close());
  server.setHandlers({
    routes: [
      createGraphqlDoor(pipeline, options.eventStream),
      createRestDoor(createRestRoutes(pipeline), options.eventStream),
    ],
    upgrades: [socketDoor.upgrade],
  });
  const closeFeeds = async () => {
    await jobsFeed.close();
    await events.close();
    await hub.close();
  };
  return { server, hub, closeFeeds, pipeline, socketDoor, port: server.port, url: server.url, logLines };
}

/** A request with a body as it stands, or as JSON. */
export function posted(body: unknown, headers: OutgoingHttpHeaders = {}): Asked {
  return {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

/** A server of its own for one request. */
export async function startAndAsk(database: Database, path: string, asked: Asked = {}) {
  const graphql = await startGraphql(database);
  return { ...graphql, answer: await ask(graphql.server, path, asked) };
}

/** JSON whose shape the operation decides, so that a test may follow any path in it. */
export type Answer = { readonly data?: Json; readonly errors?: readonly Json[] };
export type Json = { readonly [name: string]: Json } & { readonly [index: number]: Json };

/** A list in an answer. */
export function listOf(json: Json | undefined): readonly Json[] {
  if (!Array.isArray(json)) throw new Error(`${JSON.stringify(json)} is no list`);
  return json;
}

/** One POST as every client sends it. @throws when the answer is no JSON of a well-formed operation */
export async function post(
  { server }: Pick<GraphqlServer, "server">,
  query: string,
  variables: object = {},
): Promise<Answer & { readonly text: string; readonly requestId: unknown }> {
  const answer = await ask(server, "/graphql", posted({ query, variables }));
  return { ...answer.json(), text: answer.text, requestId: answer.headers["x-request-id"] };
}

/** The data of an operation that meets no error. */
export async function dataOf(graphql: Pick<GraphqlServer, "server">, query: string, variables: object = {}) {
  const { data, errors } = await post(graphql, query, variables);
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  if (data === undefined) throw new Error("the answer has no data");
  return data;
}

/** The first error of an operation that is refused. */
export async function errorOf(graphql: Pick<GraphqlServer, "server">, query: string, variables: object = {}) {
  const { errors } = await post(graphql, query, variables);
  const [error] = errors ?? [];
  if (error === undefined) throw new Error("the operation met no error");
  return error;
}

/** Whether the hub takes another subscriber. */
export function isFree(hub: JobHub, job: bigint): Promise<boolean> {
  return hub.watch(job, { intervalMs: 0, keyOf: () => "" }).then(
    async (feed) => {
      await feed.return?.();
      return true;
    },
    () => false,
  );
}
