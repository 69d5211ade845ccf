import { type HttpServer, startHttpServer } from "../http/server.ts";
import { type Database, type DatabaseSettings, openDatabase } from "../store/database.ts";
import { watchDatabase } from "../store/database-watch.ts";
import type { Log } from "../telemetry/log.ts";
import { Readiness } from "./readiness.ts";

export type FrameSettings = {
  readonly host: string;
  readonly port: number;
  readonly allowedOrigins?: readonly string[];
  readonly insecure: boolean;
};

/** What every role stands in: a server whose health answers from the start, and everything that is to be closed. */
export type Frame = {
  readonly server: HttpServer;
  readonly readiness: Readiness;
  /** Closed in the opposite order of opening. */
  readonly parts: AsyncDisposableStack;
};

/** @throws AddressInUseError, InvalidConfigError */
export async function openFrame(settings: FrameSettings, log: Log): Promise<Frame> {
  const readiness = new Readiness();
  const { host, port, allowedOrigins = [], insecure } = settings;
  const server = await startHttpServer({
    host,
    port,
    allowedOrigins,
    insecure,
    log,
    readiness: () => readiness.read(),
  });
  const parts = new AsyncDisposableStack();
  parts.defer(() => server.close());
  return { server, readiness, parts };
}

/** Opens a database that is closed with the frame, and that its readiness depends on. */
export async function openFrameDatabase(frame: Frame, settings: DatabaseSettings, log: Log): Promise<Database> {
  const database = await openDatabase(settings);
  frame.parts.defer(() => database.close());
  const watch = watchDatabase(database, {
    log,
    onChange: (answers) => frame.readiness.set("database", answers ? undefined : "the database does not answer"),
  });
  watch.start();
  frame.parts.defer(() => watch.stop());
  return database;
}
