import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster, Role } from "../cluster/cluster.ts";
import { ControllerClient } from "../cluster/controller-client.ts";
import type { Ending, LogLine, Program } from "../cluster/program.ts";

/** sysexits.h EX_TEMPFAIL: the database is away. */
const TRY_LATER = 75;
const START_TRIES = 60;
const RETRY_MS = 500;
const START_TIMEOUT_MS = 60_000;
const SECOND_SIGNAL_MS = 1_100;

export type NodeOptions = {
  readonly flags: readonly string[];
  /** Called for every line of every process that had this node id. */
  readonly onLine: (line: LogLine) => void;
  /** What a process did that nobody asked of it. */
  readonly onFault: (fault: string) => void;
};

/** A place in the cluster: one process after the other under one node id, as a supervisor would keep it. */
export class ClusterNode {
  readonly name: string;
  readonly role: Role;
  readonly #cluster: Cluster;
  readonly #options: NodeOptions;
  #program: Program | undefined;
  #url: string | undefined;
  /** One thing at a time is done to a process. */
  #isBusy = false;
  #isEndExpected = false;

  constructor(cluster: Cluster, role: Role, name: string, options: NodeOptions) {
    this.#cluster = cluster;
    this.role = role;
    this.name = name;
    this.#options = options;
  }

  /** A client of the controller that runs now; undefined while none answers. */
  get client(): ControllerClient | undefined {
    return this.#url === undefined || this.role !== "controller" ? undefined : new ControllerClient(this.#url);
  }

  get isUp(): boolean {
    return this.#url !== undefined && !this.#isBusy;
  }

  /** Starts a process and waits until it answers, as often as it takes while the database is away. */
  async start(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const program = this.#cluster.start(this.role, this.name, this.#options.flags);
      program.watch(this.#options.onLine);
      const url = await this.#addressOf(program);
      if (url !== undefined) {
        this.#program = program;
        this.#url = url;
        this.#isEndExpected = false;
        void program.ended.then((ending) => this.#ended(program, ending));
        return;
      }
      if (tries === START_TRIES) throw new Error(`${this.name} does not start:\n${program.complaint()}`);
      await sleep(RETRY_MS);
    }
  }

  /** @returns false when something is done to it already */
  async kill(downMs: number): Promise<boolean> {
    return this.#exclusively(async (program) => {
      this.#expectEnd();
      await program.end("SIGKILL");
      await sleep(downMs);
      await this.start();
    });
  }

  async pause(forMs: number): Promise<boolean> {
    return this.#exclusively(async (program) => {
      program.signal("SIGSTOP");
      await sleep(forMs);
      program.signal("SIGCONT");
    });
  }

  /** SIGTERM, once or twice, and a new process when it has ended. */
  async drain(downMs: number, isTwice: boolean): Promise<boolean> {
    return this.#exclusively(async (program) => {
      this.#expectEnd();
      program.signal("SIGTERM");
      if (isTwice) {
        await sleep(SECOND_SIGNAL_MS);
        program.signal("SIGTERM");
      }
      const ending = await this.#inTime(program.ended, "to drain");
      // The second signal may meet a process that is done, and has let go of its handlers.
      if (!isTwice || ending?.signal !== "SIGTERM") this.#checkDrained(ending);
      await sleep(downMs);
      await this.start();
    });
  }

  /** A drain that a controller asks for: whether the process ends is its own affair. */
  expectDrain(): void {
    this.#isEndExpected = true;
  }

  /** SIGTERM for good. */
  async leave(): Promise<void> {
    const program = this.#program;
    if (program === undefined) return;
    this.#expectEnd();
    program.signal("SIGTERM");
    this.#checkDrained(await this.#inTime(program.ended, "to leave"));
  }

  #expectEnd(): void {
    this.#isEndExpected = true;
    this.#url = undefined;
  }

  #checkDrained(ending: Ending | undefined): void {
    if (ending === undefined || ending.code === 0) return;
    this.#options.onFault(`${this.name} drained and ended with ${ending.signal ?? ending.code} instead of 0`);
  }

  async #exclusively(act: (program: Program) => Promise<void>): Promise<boolean> {
    const program = this.#program;
    if (this.#isBusy || program === undefined || program.hasEnded) return false;
    this.#isBusy = true;
    try {
      await act(program);
      // It may have ended by itself meanwhile, which is told elsewhere.
      if (this.#program?.hasEnded === true) await this.start();
    } catch (error) {
      this.#options.onFault(error instanceof Error ? error.message : String(error));
    } finally {
      this.#isBusy = false;
    }
    return true;
  }

  async #addressOf(program: Program): Promise<string | undefined> {
    const url = await this.#inTime(
      program.ready.catch(() => undefined),
      "to answer",
    );
    if (url === undefined) {
      const { code } = await program.end("SIGKILL");
      if (code !== TRY_LATER && code !== null) {
        this.#options.onFault(`${this.name} ended with ${code} at its start:\n${program.complaint()}`);
      }
    }
    return url;
  }

  async #inTime<T>(promise: Promise<T>, what: string): Promise<T | undefined> {
    const over = new AbortController();
    const timeout = sleep(START_TIMEOUT_MS, undefined, { signal: over.signal }).then(() => {
      this.#options.onFault(`${this.name} took more than ${START_TIMEOUT_MS} ms ${what}`);
    });
    const first = await Promise.race([promise, timeout.catch(() => undefined)]);
    over.abort();
    return first ?? undefined;
  }

  /** A supervisor starts it again, whatever the reason. */
  #ended(program: Program, { code, signal }: Ending): void {
    if (this.#program !== program) return;
    if (!this.#isEndExpected) {
      this.#options.onFault(`${this.name} ended by itself (${signal ?? code}):\n${program.complaint()}`);
    }
    if (this.#isEndExpected && this.#url === undefined) return;
    this.#url = undefined;
    void this.#exclusivelyRestart();
  }

  async #exclusivelyRestart(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    await this.start().catch((error: unknown) => this.#options.onFault(String(error)));
    this.#isBusy = false;
  }
}
