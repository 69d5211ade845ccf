import type { BlockRange } from "../domain/block-range.ts";
import { BadChainDataError, EndpointFailingError, InvalidArgumentError } from "../domain/errors.ts";
import { BlockSource } from "./block-source.ts";
import { BrokenLinkError } from "./broken-link-error.ts";
import type { BlockRef, ChainBlock } from "./chain-block.ts";
import { readBlockRef } from "./check-block.ts";
import { Endpoint } from "./endpoint.ts";
import { RpcRefusedError } from "./endpoint-error.ts";
import { FieldFault } from "./field-fault.ts";
import { openHttpWire } from "./http-wire.ts";
import { inOrder } from "./in-order.ts";
import { parseHeader } from "./parse-block.ts";
import { parseQuantity, toQuantity } from "./quantity.ts";
import { secretsOf } from "./redact.ts";
import type { RpcWire } from "./rpc-wire.ts";
import { openSocketWire } from "./socket-wire.ts";

export type ChainSettings = {
  /** What people are told the endpoint is; the URL may hold a secret and is in no message. */
  readonly endpoint: string;
  /** http, https, ws or wss. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For one request; a retry has its own. */
  readonly timeoutMs: number;
  /** Requests at once, and blocks in flight, at most. */
  readonly concurrency: number;
  /** Receipts of single transactions asked for in one request; 0 and 1 send no batches. */
  readonly batchSize: number;
  /** Asks for receipts one by one from the start. */
  readonly receiptsPerTransaction: boolean;
  /** The provider's limit, in calls: each call of a batch counts. */
  readonly requestsPerMinute: number | undefined;
  /** Waits before each retry of a request; their number bounds the retries. */
  readonly retryDelaysMs?: readonly number[];
  /** Told of every answer of the endpoint, whatever it says, and while a limit of the endpoint is waited for. */
  readonly onAdvance?: () => void;
  /** Told when a request begins to wait for a limit of the endpoint, and every second of that. */
  readonly onLimit?: () => void;
};

/**
 * One connection to a chain through one endpoint. Every method throws `EndpointFailingError` when the endpoint does not
 * answer after its retries, `BadChainDataError` when what it answers breaks a rule, and the signal's reason when aborted.
 */
export interface Chain {
  readonly endpoint: string;
  /** `eth_chainId` */
  chainId(signal: AbortSignal): Promise<bigint>;
  /** The newest block the endpoint knows. */
  head(signal: AbortSignal): Promise<BlockRef>;
  /** The newest final block; undefined where the node does not know the tag, or has none yet. */
  finalized(signal: AbortSignal): Promise<BlockRef | undefined>;
  /** The block of that number on the endpoint's branch; undefined beyond its head. */
  block(number: bigint, signal: AbortSignal): Promise<BlockRef | undefined>;
  /**
   * The blocks of the range in order, with receipts, checked; `concurrency` of them in flight, bounded in bytes too.
   * A consumer that breaks ends all requests.
   * @throws {BrokenLinkError} where a block's parent is not the block yielded before it
   */
  blocks(range: BlockRange, signal: AbortSignal): AsyncIterable<ChainBlock>;
  /** Ends what runs. Idempotent. */
  close(): void;
}

const DEFAULT_RETRY_DELAYS_MS: readonly number[] = [250, 1000, 4000];
/** JSON text of blocks in flight; parsed, it takes about three times as much. */
const MAX_WINDOW_BYTES = 64 * 1024 * 1024;
const METHOD = "eth_getBlockByNumber";

/** Connects lazily: the first call does. @throws {InvalidArgumentError} when the URL is not one that it can use */
export function openChain(settings: ChainSettings): Chain {
  const wire = openWire(settings);
  const endpoint = new Endpoint({
    ...settings,
    name: settings.endpoint,
    wire,
    retryDelaysMs: settings.retryDelaysMs ?? DEFAULT_RETRY_DELAYS_MS,
    secrets: secretsOf(settings.url, settings.headers),
  });
  return new EndpointChain(endpoint, settings);
}

class EndpointChain implements Chain {
  readonly endpoint: string;
  readonly #endpoint: Endpoint;
  readonly #source: BlockSource;
  readonly #concurrency: number;
  readonly #closing = new AbortController();

  constructor(endpoint: Endpoint, settings: ChainSettings) {
    this.endpoint = endpoint.name;
    this.#endpoint = endpoint;
    this.#source = new BlockSource(endpoint, settings.receiptsPerTransaction);
    this.#concurrency = settings.concurrency;
  }

  async chainId(signal: AbortSignal): Promise<bigint> {
    const call = { method: "eth_chainId", params: [], about: "the chain" };
    const answer = await this.#endpoint.call(call, this.#whileOpen(signal));
    try {
      return parseQuantity(answer);
    } catch (error) {
      if (!(error instanceof FieldFault)) throw error;
      throw new BadChainDataError(`endpoint ${this.endpoint}, eth_chainId: ${error.message}`, {
        endpoint: this.endpoint,
        method: "eth_chainId",
      });
    }
  }

  async head(signal: AbortSignal): Promise<BlockRef> {
    const head = await this.#header("latest", signal);
    if (head !== undefined) return head;
    throw new EndpointFailingError(`endpoint ${this.endpoint} answered null when asked for ${METHOD} of latest`, {
      endpoint: this.endpoint,
      method: METHOD,
    });
  }

  async finalized(signal: AbortSignal): Promise<BlockRef | undefined> {
    try {
      return await this.#header("finalized", signal);
    } catch (error) {
      // Nodes refuse an unknown tag, and a known one before the first final block, each with a code of its own.
      if (error instanceof RpcRefusedError) return undefined;
      throw error;
    }
  }

  block(number: bigint, signal: AbortSignal): Promise<BlockRef | undefined> {
    return this.#header(number, signal);
  }

  async *blocks(range: BlockRange, signal: AbortSignal): AsyncGenerator<ChainBlock, void, undefined> {
    const fetch = (number: bigint, stop: AbortSignal) => this.#source.fetch(number, stop);
    const window = { range, concurrency: this.#concurrency, maxBytes: MAX_WINDOW_BYTES, fetch };
    let before: ChainBlock | undefined;
    for await (const block of inOrder(window, this.#whileOpen(signal))) {
      if (before !== undefined && block.parentHash !== before.hash) {
        throw new BrokenLinkError({ number: block.number, parentHash: block.parentHash, hashBefore: before.hash });
      }
      before = block;
      yield block;
    }
  }

  close(): void {
    this.#closing.abort(new EndpointFailingError(`the connection to endpoint ${this.endpoint} was closed`));
    this.#endpoint.close();
  }

  async #header(block: bigint | "latest" | "finalized", signal: AbortSignal): Promise<BlockRef | undefined> {
    const isNumber = typeof block === "bigint";
    const about = isNumber ? `block ${block}` : block;
    const call = { method: METHOD, params: [isNumber ? toQuantity(block) : block, false], about };
    const answer = await this.#endpoint.call(call, this.#whileOpen(signal));
    const header = parseHeader(answer, { endpoint: this.endpoint, method: METHOD, about });
    return header === undefined ? undefined : readBlockRef(this.endpoint, header, isNumber ? block : undefined);
  }

  #whileOpen(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal]);
  }
}

function openWire({ endpoint, url, headers, timeoutMs }: ChainSettings): RpcWire {
  const settings = { url, headers: { ...headers }, timeoutMs };
  switch (URL.parse(url)?.protocol) {
    case "http:":
    case "https:":
      return openHttpWire(settings);
    case "ws:":
    case "wss:":
      return openSocketWire(settings);
    default:
      throw new InvalidArgumentError(`endpoint ${endpoint} has a URL that is none of http, https, ws and wss`);
  }
}
