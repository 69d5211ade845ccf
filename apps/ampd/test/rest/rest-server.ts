import { expect, onTestFinished } from "vitest";
import { EventLog } from "../../src/feed/event-log.ts";
import { JobHub } from "../../src/feed/hub.ts";
import { JobsFeed } from "../../src/feed/jobs-feed.ts";
import { createPipeline, type Pipeline } from "../../src/graphql/pipeline.ts";
import { createRestDoor } from "../../src/http/rest-door.ts";
import { createRestRoutes } from "../../src/rest/routes.ts";
import type { Database } from "../../src/store/database.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { type Asked, ask, startTestServer } from "../http-server.ts";
import { askStream } from "./ask-stream.ts";
import { createOracle } from "./openapi-oracle.ts";

const oracle = createOracle();

const NODE_ID = "controller-7";
const REQUEST_ID = "request-42";

export type Reply = {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // The JSON of a reply: a test says what it expects of it.
  readonly body: unknown;
};

type Request = Omit<Asked, "method"> & {
  /** Of a stream, which need not end: how many of its messages to wait for. */
  readonly messages?: number;
};

export type Client = {
  /** `GET /jobs`; every reply must be one that the OpenAPI document describes. */
  (line: string, asked?: Request): Promise<Reply>;
  readonly logLines: readonly string[];
};

/** The REST surface on a server of its own that is closed with the test. */
export async function serve(database: Database, run?: Pipeline["run"]): Promise<Client> {
  const log = createLog({ level: "silent" });
  const hub = new JobHub({ database, log, maxSubscribers: 10, minReadIntervalMs: 0 });
  const events = await EventLog.open({ database, log, maxSubscribers: 10 });
  onTestFinished(() => events.close());
  const jobsFeed = await JobsFeed.open({ database, log, events, maxSubscribers: 10, minReadIntervalMs: 0 });
  onTestFinished(() => jobsFeed.close());
  const services = {
    database,
    hub,
    events,
    jobsFeed,
    nodeId: NODE_ID,
    version: "1.2.3",
    role: "controller" as const,
    stopDeadlineMs: 60_000,
  };
  const pipeline = createPipeline(services, log);
  const routes = createRestRoutes(run === undefined ? pipeline : { ...pipeline, run });
  const server = await startTestServer();
  server.setHandlers({ routes: [createRestDoor(routes)], upgrades: [] });
  const client = async (line: string, { messages, ...asked }: Request = {}): Promise<Reply> => {
    const [method = "GET", path = "/"] = line.split(" ");
    const headers = {
      "x-request-id": REQUEST_ID,
      ...(asked.body === undefined ? {} : { "content-type": "application/json" }),
      ...asked.headers,
    };
    const answer =
      messages === undefined
        ? ask(server, path, { ...asked, method, headers })
        : askStream(server, path, { headers, messages });
    const { status, headers: received, text } = await answer;
    const reply = { status, headers: received, text, body: bodyOf(text, received["content-type"]) };
    if (run === undefined) expect(oracle.findUndescribed({ method, target: path, ...reply })).toEqual([]);
    return reply;
  };
  return Object.assign(client, { logLines: server.logLines });
}

/** A refusal in the form that all of them have. */
export function refusal(status: number, code: string, message: unknown = expect.any(String)): object {
  return {
    status,
    headers: expect.objectContaining({ "content-type": "application/json" }),
    text: expect.any(String),
    body: { error_code: code, error_message: message, request_id: REQUEST_ID },
  };
}

/** The time of a row, as the contract writes it. */
export function wireTime(time: Date): string {
  return time.toISOString().replace("Z", "000+00:00");
}

function bodyOf(text: string, type: unknown): unknown {
  return text === "" || type !== "application/json" ? undefined : JSON.parse(text);
}
