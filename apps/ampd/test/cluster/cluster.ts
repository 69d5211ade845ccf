import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ControllerClient } from "./controller-client.ts";
import { Program } from "./program.ts";

export type Role = "controller" | "worker";

/** Settings of a cluster's processes that are short enough for a test to see their end. */
export const LEASE_MS = 3_000;

const FLAGS: Record<Role, readonly string[]> = {
  controller: ["--stop-deadline", "5s"],
  worker: [
    "--lease",
    `${LEASE_MS}ms`,
    "--segment-interval",
    "500ms",
    "--drain-deadline",
    "10s",
    "--job-watchdog",
    "30s",
  ],
};

/** Processes of `ampd` on one database and one folder of files. It ends them all. */
export class Cluster {
  readonly databaseUrl: string;
  /** Holds the files and the logs. */
  readonly folder: string;
  readonly #programs: Program[] = [];

  private constructor(databaseUrl: string, folder: string) {
    this.databaseUrl = databaseUrl;
    this.folder = folder;
  }

  static async create(databaseUrl: string): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), "ampd-cluster-"));
    for (const name of ["files", "logs"]) await mkdir(join(folder, name));
    return new Cluster(databaseUrl, folder);
  }

  get filesRoot(): string {
    return join(this.folder, "files");
  }

  /** Starts a process; what is given later wins over the cluster's own flags. */
  start(role: Role, nodeId: string, flags: readonly string[] = []): Program {
    const own = ["--database-url", this.databaseUrl, "--port", "0", "--node-id", nodeId];
    const storage = role === "worker" ? ["--storage-url", pathToFileURL(this.filesRoot).href] : [];
    const words = [role, ...own, ...storage, ...FLAGS[role], ...flags];
    const program = new Program(words, join(this.folder, "logs", `${nodeId}.log`));
    this.#programs.push(program);
    return program;
  }

  /** Starts a worker and waits until it works. */
  async worker(nodeId: string, ...flags: string[]): Promise<Program> {
    const program = this.start("worker", nodeId, flags);
    await program.ready;
    return program;
  }

  async controller(nodeId: string, ...flags: string[]): Promise<{ program: Program; client: ControllerClient }> {
    const program = this.start("controller", nodeId, flags);
    return { program, client: new ControllerClient(await program.ready) };
  }

  /** Kills what still runs. Idempotent. */
  async end(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.end("SIGKILL")));
  }

  /** Kills what still runs and removes the folder. */
  async remove(): Promise<void> {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}
