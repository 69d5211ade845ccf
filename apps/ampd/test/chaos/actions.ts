import { setTimeout as sleep } from "node:timers/promises";
import type { Change, ControllerClient, JobView } from "../cluster/controller-client.ts";
import type { PostgresProcess } from "../cluster/postgres-process.ts";
import type { TestChain } from "../cluster/test-chain.ts";
import { LATE_START } from "./datasets.ts";
import type { Ledger } from "./ledger.ts";
import type { ClusterNode } from "./node.ts";
import type { Action } from "./plan.ts";

export type Scene = {
  readonly nodes: ReadonlyMap<string, ClusterNode>;
  readonly postgres: PostgresProcess;
  readonly chain: TestChain;
  readonly ledger: Ledger;
  /** What the program can do, by the names in its schema. */
  readonly capabilities: ReadonlySet<string>;
};

const ENDED = ["COMPLETED", "STOPPED", "FAILED"];
/** The chain may grow by so many blocks between a look and a reorg. */
const GROWTH = 2;

/** Does what steps say. */
export class Actor {
  readonly #scene: Scene;
  #isDatabaseBusy = false;
  #keys = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** @returns what came of it, in a word or two; it never rejects */
  async act(action: Action): Promise<string> {
    try {
      return await this.#act(action);
    } catch (error) {
      return `no answer (${error instanceof Error ? error.message : error})`;
    }
  }

  async #act(action: Action): Promise<string> {
    switch (action.kind) {
      case "kill":
        return doneOrBusy(await this.#node(action.node).kill(action.downMs));
      case "pause":
        return doneOrBusy(await this.#node(action.node).pause(action.forMs));
      case "drain":
      case "drain twice":
        return doneOrBusy(await this.#node(action.node).drain(action.downMs, action.kind === "drain twice"));
      case "database":
        return this.#restartDatabase(action);
      case "reorg":
        return this.#reorg(action);
      case "drain worker":
        return this.#drainWorker(action);
      default:
        return this.#change(action);
    }
  }

  async #restartDatabase({ mode, downMs }: Extract<Action, { kind: "database" }>): Promise<string> {
    if (this.#isDatabaseBusy) return "busy";
    this.#isDatabaseBusy = true;
    await this.#scene.postgres.stop(mode);
    await sleep(downMs);
    await this.#scene.postgres.start();
    this.#isDatabaseBusy = false;
    return "done";
  }

  async #reorg({ depth, way }: Extract<Action, { kind: "reorg" }>): Promise<string> {
    const { chain } = this.#scene;
    const head = await chain.head();
    if (head + GROWTH >= LATE_START && head - depth <= LATE_START) return "too deep";
    await chain.reorg(depth, way);
    return "done";
  }

  /** As an operator does before maintenance: tell it to hand over, then end it. */
  async #drainWorker({ node, via }: Extract<Action, { kind: "drain worker" }>): Promise<string> {
    if (!this.#scene.capabilities.has("drainWorker")) return "not offered";
    const client = this.#node(via).client;
    if (client === undefined) return "unreachable";
    this.#node(node).expectDrain();
    await client.drainWorker(node);
    return doneOrBusy(await this.#node(node).drain(0, false));
  }

  async #change(action: Extract<Action, { via: string }>): Promise<string> {
    const client = this.#node(action.via).client;
    if (client === undefined) return "unreachable";
    const { ledger } = this.#scene;
    if (action.kind === "prune") {
      const count = await client.prune(action.status);
      ledger.notePrune(count);
      return `${count} gone`;
    }
    if (action.kind === "deploy") return this.#deploy(client, action);
    if (action.kind === "drain worker") return "not here";
    const { kind, which, via } = action;
    const job = pickJob(await client.jobs(), kind, which);
    if (job === undefined) return "no such job";
    const change = await client[kind](job.number);
    ledger.note(kind, change, { via });
    return describe(change);
  }

  /** With a key it is sent twice, the second time to whoever answers: as a client that lost the first answer. */
  async #deploy(client: ControllerClient, action: Extract<Action, { kind: "deploy" }>): Promise<string> {
    const { ledger, capabilities, nodes } = this.#scene;
    const { dataset, endBlock, via } = action;
    const input = { dataset: `_/${dataset}@latest`, endBlock };
    if (!capabilities.has("idempotencyKey")) {
      const change = await client.deploy(input);
      ledger.note("deploy", change, { via });
      return describe(change);
    }
    this.#keys += 1;
    const key = `chaos-${this.#keys}`;
    const change = await client.deploy({ ...input, idempotencyKey: key });
    ledger.note("deploy", change, { via, key });
    const other = [...nodes.values()].map((node) => node.client).findLast((candidate) => candidate !== undefined);
    if (change.kind === "done" && other !== undefined) {
      ledger.note("deploy", await other.deploy({ ...input, idempotencyKey: key }), { via, key });
    }
    return describe(change);
  }

  #node(name: string): ClusterNode {
    const node = this.#scene.nodes.get(name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }
}

function pickJob(jobs: readonly JobView[], kind: "stop" | "retry" | "remove", which: number): JobView | undefined {
  const fitting = jobs.filter(({ status }) => ENDED.includes(status) === (kind !== "stop"));
  fitting.sort((a, b) => a.number - b.number);
  return fitting[Math.floor(which * fitting.length)];
}

function doneOrBusy(isDone: boolean): string {
  return isDone ? "done" : "busy";
}

function describe(change: Change): string {
  if (change.kind === "refused") return `refused (${change.why})`;
  return `job ${change.job}${change.changed ? "" : ", nothing to do"}`;
}
