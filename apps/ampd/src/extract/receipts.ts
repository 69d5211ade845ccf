import type { Endpoint, EndpointCall } from "./endpoint.ts";
import { MethodNotServedError } from "./endpoint-error.ts";
import { parseReceipt, parseReceipts } from "./parse-block.ts";
import { toQuantity } from "./quantity.ts";
import type { RpcBlock, RpcReceipt } from "./rpc-block.ts";

const OF_BLOCK = "eth_getBlockReceipts";
const OF_TRANSACTION = "eth_getTransactionReceipt";

/** Receipts of whole blocks, or one by one where the endpoint does not serve blocks; it is asked for blocks only once then. */
export class Receipts {
  readonly #endpoint: Endpoint;
  #isPerTransaction: boolean;

  constructor(endpoint: Endpoint, isPerTransaction: boolean) {
    this.#endpoint = endpoint;
    this.#isPerTransaction = isPerTransaction;
  }

  /** The method in use, for messages. */
  get method(): string {
    return this.#isPerTransaction ? OF_TRANSACTION : OF_BLOCK;
  }

  /** Undefined where the node has none, or only knows them by transaction. */
  async ofNumber(number: bigint, signal: AbortSignal): Promise<readonly RpcReceipt[] | undefined> {
    if (this.#isPerTransaction) return undefined;
    return await this.#ofBlock(toQuantity(number), `block ${number}`, signal);
  }

  /** Asked by the hash of the block: a node on another branch answers undefined, not the receipts of its own block. */
  async ofBlock(number: bigint, block: RpcBlock, signal: AbortSignal): Promise<readonly RpcReceipt[] | undefined> {
    const about = `block ${number}`;
    const receipts = this.#isPerTransaction ? undefined : await this.#ofBlock(block.hash, about, signal);
    return this.#isPerTransaction ? await this.#ofTransactions(block, about, signal) : receipts;
  }

  async #ofBlock(block: unknown, about: string, signal: AbortSignal): Promise<readonly RpcReceipt[] | undefined> {
    try {
      const answer = await this.#endpoint.call({ method: OF_BLOCK, params: [block], about }, signal);
      return parseReceipts(answer, { endpoint: this.#endpoint.name, method: OF_BLOCK, about });
    } catch (error) {
      if (!(error instanceof MethodNotServedError)) throw error;
      this.#isPerTransaction = true;
      return undefined;
    }
  }

  async #ofTransactions(
    block: RpcBlock,
    about: string,
    signal: AbortSignal,
  ): Promise<readonly RpcReceipt[] | undefined> {
    const calls = block.transactions.map(
      ({ hash }): EndpointCall => ({ method: OF_TRANSACTION, params: [hash], about: `${about}, transaction ${hash}` }),
    );
    const answers = await this.#endpoint.callAll(calls, signal);
    const origin = { endpoint: this.#endpoint.name, method: OF_TRANSACTION, about };
    const receipts = answers.map((answer) => parseReceipt(answer, origin));
    const known = receipts.filter((receipt) => receipt !== undefined);
    return known.length === receipts.length ? known : undefined;
  }
}
