import manifest from "../../package.json" with { type: "json" };
import { EventLog } from "../feed/event-log.ts";
import { JobHub } from "../feed/hub.ts";
import { JobsFeed } from "../feed/jobs-feed.ts";
import type { ServerRole } from "../graphql/context.ts";
import { readPersistedOperations } from "../graphql/limits/read-persisted-operations.ts";
import { createPipeline } from "../graphql/pipeline.ts";
import { schema } from "../graphql/schema.ts";
import { createDocsDoor } from "../http/docs-door.ts";
import { createGraphqlDoor } from "../http/graphql-door.ts";
import { createGraphqlSocketDoor } from "../http/graphql-socket-door.ts";
import { createRestDoor } from "../http/rest-door.ts";
import type { HttpServer } from "../http/server.ts";
import { toOpenApi } from "../rest/openapi/openapi.ts";
import { createRestRoutes } from "../rest/routes.ts";
import type { Database } from "../store/database.ts";
import type { Log } from "../telemetry/log.ts";

export type ApiSettings = {
  readonly nodeId: string;
  readonly role: ServerRole;
  readonly stopDeadlineMs: number;
  /** A file; absent: clients send their documents. */
  readonly persistedOperations: string | undefined;
  /** Whether other documents are refused. */
  readonly persistedOnly: boolean;
};

export type Api = {
  readonly hub: JobHub;
  /** Says good-bye to subscribers and lets go of the database; the server is closed before. */
  close(): Promise<void>;
};

const MAX_SUBSCRIBERS = 10_000;
const READ_INTERVAL_MS = 50;

/**
 * What a controller serves, over an open database: GraphQL, its subscriptions and REST, behind the server's guards.
 * @throws InvalidConfigError for a file of persisted operations with faults
 */
export async function startApi(
  { database, server, log }: { database: Database; server: HttpServer; log: Log },
  { nodeId, role, stopDeadlineMs, persistedOperations, persistedOnly }: ApiSettings,
): Promise<Api> {
  const persisted =
    persistedOperations === undefined
      ? undefined
      : { persisted: await readPersistedOperations(persistedOperations, schema), isMandatory: persistedOnly };
  await using undo = new AsyncDisposableStack();
  const feed = { database, log, maxSubscribers: MAX_SUBSCRIBERS, minReadIntervalMs: READ_INTERVAL_MS };
  const hub = new JobHub(feed);
  await hub.start();
  undo.defer(() => hub.close());
  const events = await EventLog.open(feed);
  undo.defer(() => events.close());
  const jobsFeed = await JobsFeed.open({ ...feed, events });
  // Before the log, which it follows.
  undo.defer(() => jobsFeed.close());
  const services = { database, hub, events, jobsFeed, role, nodeId, version: manifest.version, stopDeadlineMs };
  const pipeline = createPipeline(services, log, { persisted });
  const socketDoor = createGraphqlSocketDoor(pipeline);
  undo.defer(() => socketDoor.close());
  // Closed first: what is under way may still need what stands above.
  undo.defer(() => server.close());
  server.setHandlers({
    routes: [
      createGraphqlDoor(pipeline),
      createDocsDoor(toOpenApi(manifest.version)),
      createRestDoor(createRestRoutes(pipeline)),
    ],
    upgrades: [socketDoor.upgrade],
  });
  const running = undo.move();
  return { hub, close: () => running.disposeAsync() };
}
