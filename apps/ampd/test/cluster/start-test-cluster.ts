import { onTestFinished } from "vitest";
import { createMigratedDatabase } from "../databases.ts";
import { waitFor } from "../system/wait-for.ts";
import { Cluster } from "./cluster.ts";
import type { ControllerClient, Deploy, JobView } from "./controller-client.ts";
import { TestChain } from "./test-chain.ts";

export const TIMEOUT_MS = 60_000;

/**
 * A chain and a controller that knows it; datasets, workers and jobs are the test's. All of it ends with the test.
 * @param databaseUrl a migrated database; one of the run's server when absent
 */
export async function startTestCluster(databaseUrl?: string) {
  const cluster = await Cluster.create(databaseUrl ?? (await createMigratedDatabase()));
  onTestFinished(() => cluster.remove());
  const chain = await TestChain.start(20);
  onTestFinished(() => chain.stop());
  const { client, program: controller } = await cluster.controller("c1");
  await client.registerProvider("anvil", { kind: "evm-rpc", network: "anvil", url: chain.url });
  return { cluster, chain, client, controller, jobs: new Jobs(client) };
}

/** Jobs as a client sees them. */
class Jobs {
  readonly #client: ControllerClient;

  constructor(client: ControllerClient) {
    this.#client = client;
  }

  /** Registers a dataset and deploys a job that follows the chain. */
  async deploy(name: string, options: Omit<Deploy, "dataset"> = {}): Promise<number> {
    await this.#client.registerDataset(name, { kind: "evm-rpc", network: "anvil", start_block: 0, tables: {} });
    const change = await this.#client.deploy({ dataset: `_/${name}@latest`, ...options });
    if (change.kind === "refused") throw new Error(`the deploy of ${name} was refused: ${change.why}`);
    return change.job;
  }

  async get(number: number): Promise<JobView> {
    const job = await this.#client.job(number);
    if (job === undefined) throw new Error(`there is no job ${number}`);
    return job;
  }

  async currentBlock(number: number): Promise<number> {
    return (await this.#client.follow(number)).currentBlock;
  }

  async events(number: number): Promise<string[]> {
    return (await this.#client.follow(number)).events;
  }

  /** Waits until the job is so, as seen by the client. */
  until(number: number, what: string, isSo: (job: JobView) => boolean): Promise<JobView> {
    const ask = async () => {
      const job = await this.get(number);
      return isSo(job) ? job : undefined;
    };
    return waitFor(ask, { what: `job ${number} to be ${what}`, timeoutMs: TIMEOUT_MS });
  }

  /** Waits until something is published beyond a block. */
  untilBeyond(number: number, block: number): Promise<number> {
    const ask = async () => {
      const current = await this.currentBlock(number);
      return current > block ? current : undefined;
    };
    return waitFor(ask, { what: `job ${number} to publish beyond block ${block}`, timeoutMs: TIMEOUT_MS });
  }
}
