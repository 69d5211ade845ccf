import { type Anvil, callAnvil, startAnvil } from "../../demo/anvil.ts";
import { mineTraffic, runTraffic } from "../../demo/traffic.ts";

/** What a block is, as far as extracted rows can be compared with it. */
export type SeenBlock = {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  /** Hashes in order. */
  readonly transactions: readonly string[];
  /** `<log index> <transaction hash>` in order. */
  readonly logs: readonly string[];
};

const TIMEOUT_MS = 30_000;
const BATCH = 200;
/**
 * Anvil calls head − 2 epochs final. Here nothing ever is: a dataset that was left with an orphan at its end may be
 * taken up again at any later time.
 */
const EPOCH_SLOTS = 1_000_000;

/** A chain with traffic that mines a block a second, and replaces its last blocks when told. */
export class TestChain {
  readonly url: string;
  readonly #anvil: Anvil;
  readonly #stop = new AbortController();
  readonly #traffic: Promise<void>;

  private constructor(anvil: Anvil) {
    this.#anvil = anvil;
    this.url = anvil.url;
    this.#traffic = runTraffic(anvil.url, this.#stop.signal);
  }

  static async start(blocks: number): Promise<TestChain> {
    const anvil = await startAnvil({ blockTime: 1, args: ["--slots-in-an-epoch", String(EPOCH_SLOTS)] });
    try {
      await mineTraffic(anvil.url, { blocks });
      return new TestChain(anvil);
    } catch (error) {
      await anvil.kill();
      throw error;
    }
  }

  async head(): Promise<number> {
    return Number(await this.#call("eth_blockNumber"));
  }

  /** Replaces the last blocks by others: as many at once, or by those that are mined from now on. */
  async reorg(depth: number, way: "replace" | "roll back"): Promise<void> {
    if (way === "replace") await this.#call("anvil_reorg", [depth, []]);
    else await this.#call("anvil_rollback", [depth]);
  }

  /** No block comes any more. @returns the last one */
  async freeze(): Promise<number> {
    this.#stop.abort();
    await this.#traffic;
    await this.#call("evm_setIntervalMining", [0]);
    return this.head();
  }

  /** Every block of the canonical chain. */
  async blocks(head: number): Promise<SeenBlock[]> {
    const blocks: SeenBlock[] = [];
    for (let start = 0; start <= head; start += BATCH) {
      const end = Math.min(start + BATCH - 1, head);
      const logs = await this.#logs(start, end);
      const numbers = Array.from({ length: end - start + 1 }, (_, at) => start + at);
      blocks.push(...(await Promise.all(numbers.map((number) => this.#block(number, logs.get(number) ?? [])))));
    }
    return blocks;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#traffic;
    await this.#anvil.kill();
  }

  async #block(number: number, logs: readonly string[]): Promise<SeenBlock> {
    const block = (await this.#call("eth_getBlockByNumber", [hex(number), false])) as Omit<SeenBlock, "number">; // JSON-RPC
    const { hash, parentHash, transactions } = block;
    return { number, hash, parentHash, transactions, logs };
  }

  async #logs(start: number, end: number): Promise<Map<number, string[]>> {
    type Log = { blockNumber: string; logIndex: string; transactionHash: string };
    const logs = (await this.#call("eth_getLogs", [{ fromBlock: hex(start), toBlock: hex(end) }])) as Log[]; // JSON-RPC
    const byBlock = new Map<number, string[]>();
    for (const { blockNumber, logIndex, transactionHash } of logs) {
      const number = Number(blockNumber);
      byBlock.set(number, [...(byBlock.get(number) ?? []), `${Number(logIndex)} ${transactionHash}`]);
    }
    return byBlock;
  }

  #call(method: string, params: readonly unknown[] = []): Promise<unknown> {
    return callAnvil(this.url, method, params, AbortSignal.timeout(TIMEOUT_MS));
  }
}

function hex(number: number): string {
  return `0x${number.toString(16)}`;
}
