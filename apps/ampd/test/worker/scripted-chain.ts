import type { ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { makeEmptyBlocks, type RecordedBlock } from "../recorded-chain.ts";
import { type ReplayCall, type ReplayServer, type ReplaySettings, startReplayServer } from "../replay-server.ts";

type Answer = ReturnType<NonNullable<ReplaySettings["answer"]>>;

/** An endpoint whose chain grows, forks and falls silent as a test says; its blocks are empty. */
export class ScriptedChain {
  readonly #blocks: RecordedBlock[] = [];
  #server: ReplayServer | undefined;
  /** Number of the finalized block; without it, the tag is answered with null. */
  finalized: number | undefined;
  /** Calls that get no answer. */
  isSilent: (call: ReplayCall) => boolean = () => false;
  /** Calls that are refused with HTTP 401, which is not asked again. */
  isRefused: (call: ReplayCall) => boolean = () => false;
  /** Answers a request in its own way, where it returns true. */
  refuse: (response: ServerResponse) => boolean = () => false;
  /** Blocks of another shape than the recorded ones. */
  answer: (call: ReplayCall) => Answer = () => undefined;

  async start(): Promise<this> {
    this.#server = await startReplayServer({
      blocks: this.#blocks,
      script: (calls, response) => {
        if (calls.some((call) => this.isSilent(call))) return true;
        if (this.refuse(response)) return true;
        if (!calls.some((call) => this.isRefused(call))) return false;
        response.writeHead(401).end();
        return true;
      },
      answer: (call) => this.answer(call) ?? this.#finalizedOf(call),
    });
    return this;
  }

  get server(): ReplayServer {
    if (this.#server === undefined) throw new Error("the chain is not started");
    return this.#server;
  }

  get url(): string {
    return `${this.server.url}/v3/secret-api-key`;
  }

  get head(): number {
    return this.#blocks.length - 1;
  }

  /** Number, hash and parent of blocks, both ends included, as table blocks must hold them. */
  refs(start = 0, end = this.head): { number: number; hash: unknown; parent: unknown }[] {
    return this.#blocks
      .slice(start, end + 1)
      .map(({ block }) => ({ number: Number(block.number), hash: block.hash, parent: block.parentHash }));
  }

  /** A block as it is served. */
  block(number: number): RecordedBlock["block"] | undefined {
    return this.#blocks[number]?.block;
  }

  /** Puts so many blocks of a branch on the chain. */
  grow(count: number, branch = "a"): this {
    const parentHash = this.#blocks.at(-1)?.block.hash;
    const [first, ...others] = makeEmptyBlocks(this.#blocks.length, count, branch);
    if (first === undefined) return this;
    const link = parentHash === undefined ? {} : { parentHash };
    this.#blocks.push({ ...first, block: { ...first.block, ...link } }, ...others);
    return this;
  }

  /** Takes the blocks from a number on away. */
  cut(from: number): this {
    this.#blocks.splice(from);
    return this;
  }

  /** Replaces the blocks from a number on by so many of another branch. */
  fork(from: number, count: number, branch: string): this {
    return this.cut(from).grow(count, branch);
  }

  #finalizedOf({ method, params }: ReplayCall): Answer {
    if (method !== "eth_getBlockByNumber" || params[0] !== "finalized") return undefined;
    const found = this.finalized === undefined ? undefined : this.#blocks[this.finalized];
    return { result: found?.block ?? null };
  }
}

/** Starts an endpoint with so many blocks; it goes when the test ends. */
export async function startScriptedChain(blocks: number): Promise<ScriptedChain> {
  const chain = await new ScriptedChain().grow(blocks).start();
  onTestFinished(() => chain.server[Symbol.asyncDispose]());
  return chain;
}

/** Whether the call asks for a block, or its receipts, from a number on. */
export function asksFrom(first: number): (call: ReplayCall) => boolean {
  return ({ params }) => Number(params[0]) >= first;
}
