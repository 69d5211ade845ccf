import { EndpointFailingError } from "../domain/errors.ts";
import { estimateSize } from "./answer-size.ts";
import type { ChainBlock } from "./chain-block.ts";
import { checkBlock } from "./check-block.ts";
import type { Endpoint } from "./endpoint.ts";
import { parseBlock } from "./parse-block.ts";
import { toQuantity } from "./quantity.ts";
import { Receipts } from "./receipts.ts";
import type { RpcBlock, RpcReceipt } from "./rpc-block.ts";
import { wait } from "./wait.ts";

/** Waits before each further try to get a block and receipts that belong together. */
const REJOIN_DELAYS_MS: readonly number[] = [0, 100, 300, 1000];

const BLOCK_METHOD = "eth_getBlockByNumber";

/** What a try brought; undefined is the node's `null`. */
type Answers = { readonly block: RpcBlock | undefined; readonly receipts: readonly RpcReceipt[] | undefined };

/**
 * Blocks with their receipts. The two are asked side by side by number; where they are not of one block (a reorg came
 * between, or nodes behind one address differ), the block is asked again, and the receipts by its hash.
 */
export class BlockSource {
  readonly #endpoint: Endpoint;
  readonly #receipts: Receipts;

  constructor(endpoint: Endpoint, receiptsPerTransaction: boolean) {
    this.#endpoint = endpoint;
    this.#receipts = new Receipts(endpoint, receiptsPerTransaction);
  }

  /**
   * @throws {EndpointFailingError} when block and receipts do not come together after some tries
   * @throws {BadChainDataError} when they break a rule of the chain
   */
  async fetch(number: bigint, signal: AbortSignal): Promise<ChainBlock> {
    let answers = await this.#sideBySide(number, signal);
    for (const delayMs of REJOIN_DELAYS_MS) {
      if (isJoined(answers)) break;
      await wait(delayMs, signal);
      answers = await this.#oneByOne(number, signal);
    }
    const { block, receipts } = answers;
    if (block === undefined || receipts === undefined || !areOfBlock(receipts, block)) {
      throw this.#failing(number, answers);
    }
    const endpoint = this.#endpoint.name;
    const ref = checkBlock({ endpoint, number, block, receipts });
    return { ...ref, endpoint, block, receipts, sizeBytes: estimateSize(block, receipts) };
  }

  async #sideBySide(number: bigint, signal: AbortSignal): Promise<Answers> {
    const [block, receipts] = await Promise.all([this.#block(number, signal), this.#receipts.ofNumber(number, signal)]);
    return { block, receipts };
  }

  async #oneByOne(number: bigint, signal: AbortSignal): Promise<Answers> {
    const block = await this.#block(number, signal);
    const receipts = block === undefined ? undefined : await this.#receipts.ofBlock(number, block, signal);
    return { block, receipts };
  }

  async #block(number: bigint, signal: AbortSignal): Promise<RpcBlock | undefined> {
    const about = `block ${number}`;
    const answer = await this.#endpoint.call(
      { method: BLOCK_METHOD, params: [toQuantity(number), true], about },
      signal,
    );
    return parseBlock(answer, { endpoint: this.#endpoint.name, method: BLOCK_METHOD, about });
  }

  #failing(number: bigint, { block, receipts }: Answers): EndpointFailingError {
    const endpoint = this.#endpoint.name;
    const method = block === undefined ? BLOCK_METHOD : this.#receipts.method;
    const found = receipts === undefined ? "null" : "the receipts of another block";
    return new EndpointFailingError(
      `endpoint ${endpoint} kept answering ${found} when asked for ${method} of block ${number}`,
      {
        endpoint,
        method,
        block: String(number),
      },
    );
  }
}

/** A lagging node answers with fewer receipts, or none, before it answers right: worth another try. */
function isJoined({ block, receipts }: Answers): boolean {
  if (block === undefined || receipts === undefined) return false;
  return receipts.length === block.transactions.length && areOfBlock(receipts, block);
}

function areOfBlock(receipts: readonly RpcReceipt[], block: RpcBlock): boolean {
  return receipts.every(({ blockHash }) => String(blockHash).toLowerCase() === String(block.hash).toLowerCase());
}
