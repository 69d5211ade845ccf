import { EndpointFailingError } from "../domain/errors.ts";
import { MethodNotServedError, RpcRefusedError } from "./endpoint-error.ts";
import { Pace } from "./pace.ts";
import { redact } from "./redact.ts";
import { type RpcAnswer, type RpcCall, type RpcWire, WireFault } from "./rpc-wire.ts";
import { wait } from "./wait.ts";

/** A call and, for messages, what it asks about: `block 17`. */
export type EndpointCall = RpcCall & { readonly about: string };

export type EndpointSettings = {
  readonly name: string;
  readonly wire: RpcWire;
  readonly concurrency: number;
  readonly requestsPerMinute: number | undefined;
  readonly batchSize: number;
  readonly retryDelaysMs: readonly number[];
  readonly secrets: readonly string[];
  /** Told of every answer, also of one that refuses, and while a limit is waited for. */
  readonly onAdvance?: (() => void) | undefined;
  /** Told when a request begins to wait for a limit, and every second of that. */
  readonly onLimit?: (() => void) | undefined;
};

/** JSON-RPC codes of "too much at once" (EIP-1474, HTTP's 429 in a body, QuickNode) and of a fault inside the node. */
const RATE_LIMIT_CODES: readonly number[] = [-32005, 429, -32007];
const NODE_FAULT_CODE = -32603;
/** EIP-1474's "method not found" and "method not supported", and EIP-1193's "unsupported method". */
const NOT_SERVED_CODES: readonly number[] = [-32601, -32004, 4200];
/** A longer pause is the caller's to decide on: another endpoint may serve in the meantime. */
const LONGEST_PAUSE_MS = 60_000;

/** Asks one endpoint, within its limits, again where that may help; everything it throws names endpoint, method and block. */
export class Endpoint {
  readonly name: string;
  readonly #settings: EndpointSettings;
  readonly #pace: Pace;
  #batchSize: number;

  constructor(settings: EndpointSettings) {
    this.name = settings.name;
    this.#settings = settings;
    this.#pace = new Pace(settings);
    this.#batchSize = Math.max(settings.batchSize, 1);
  }

  /**
   * The result of one call.
   * @throws {RpcRefusedError} when the endpoint says no, {@link MethodNotServedError} when it does not serve the method
   * @throws {EndpointFailingError} when it does not answer, after the last retry
   */
  async call(call: EndpointCall, signal: AbortSignal): Promise<unknown> {
    const [answer] = (await this.#ask([call], signal)) ?? [];
    return this.#resultOf(call, answer);
  }

  /** The results of many calls of one kind, in order, in batches where the endpoint takes them. */
  async callAll(calls: readonly EndpointCall[], signal: AbortSignal): Promise<readonly unknown[]> {
    const batches: Promise<readonly unknown[]>[] = [];
    const size = this.#batchSize;
    for (let start = 0; start < calls.length; start += size) {
      batches.push(this.#callBatch(calls.slice(start, start + size), signal));
    }
    return (await Promise.all(batches)).flat();
  }

  close(): void {
    this.#settings.wire.close();
  }

  /** A batch that is too much is split in halves; a call that fails within a batch is asked again by itself. */
  async #callBatch(calls: readonly EndpointCall[], signal: AbortSignal): Promise<readonly unknown[]> {
    const answers = await this.#ask(calls, signal);
    if (answers === undefined) {
      const half = Math.ceil(calls.length / 2);
      this.#batchSize = Math.min(this.#batchSize, half);
      const halves = [calls.slice(0, half), calls.slice(half)];
      return (await Promise.all(halves.map((part) => this.#callBatch(part, signal)))).flat();
    }
    // Back to the wanted size by small steps: what was too much may have been a bad minute.
    if (calls.length === this.#batchSize) this.#batchSize = Math.min(calls.length + 1, this.#settings.batchSize);
    return Promise.all(
      calls.map((call, index) => {
        const answer = answers[index];
        return answer !== undefined && "result" in answer ? answer.result : this.call(call, signal);
      }),
    );
  }

  /** The answers, after retries where they help; undefined where the endpoint does not take so many calls at once. */
  async #ask(calls: readonly EndpointCall[], signal: AbortSignal): Promise<readonly RpcAnswer[] | undefined> {
    for (const delayMs of [...this.#settings.retryDelaysMs, undefined]) {
      const answers = await this.#attempt(calls, signal);
      if (!(answers instanceof WireFault)) return answers;
      if (answers.isBatchRefused && calls.length > 1) return undefined;
      const pauseMs = answers.retryAfterMs ?? delayMs ?? 0;
      if (answers.isRateLimit) this.#pace.pause(Math.min(pauseMs, LONGEST_PAUSE_MS));
      if (delayMs === undefined || !answers.isRetryable || pauseMs > LONGEST_PAUSE_MS) {
        throw this.#failing(calls, answers);
      }
      if (!answers.isRateLimit) await wait(pauseMs, signal);
    }
    throw new RangeError("the last attempt returns or throws");
  }

  async #attempt(calls: readonly EndpointCall[], signal: AbortSignal): Promise<readonly RpcAnswer[] | WireFault> {
    try {
      const answers = await this.#pace.run(calls.length, () => this.#settings.wire.send(calls, signal), signal);
      this.#settings.onAdvance?.();
      const fault = answers.map(faultOf).find((found) => found !== undefined);
      if (fault === undefined || calls.length === 1) return fault ?? answers;
      // The other answers of the batch are good; those that are not are asked again after a pause.
      if (fault.isRateLimit) this.#pace.pause(this.#settings.retryDelaysMs[0] ?? 0);
      return answers;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof WireFault)) throw error;
      if (!error.isSilence) this.#settings.onAdvance?.();
      return error;
    }
  }

  #resultOf(call: EndpointCall, answer: RpcAnswer | undefined): unknown {
    if (answer !== undefined && "result" in answer) return answer.result;
    const { code, message } = answer?.error ?? { code: 0, message: "no answer" };
    const said = redact(message, this.#settings.secrets);
    const details = { endpoint: this.name, method: call.method, rpcCode: code };
    const text = `endpoint ${this.name} refused ${call.method} of ${call.about}: ${said} (code ${code})`;
    throw isNotServed(code, message) ? new MethodNotServedError(text, details) : new RpcRefusedError(text, details);
  }

  #failing([call]: readonly EndpointCall[], fault: WireFault): EndpointFailingError {
    const { method, about } = call ?? { method: "nothing", about: "nothing" };
    const { retryAfterMs } = fault;
    const pause = retryAfterMs === undefined ? "" : ` and asked for a pause of ${Math.ceil(retryAfterMs / 1000)} s`;
    const what = redact(fault.message, this.#settings.secrets);
    return new EndpointFailingError(`endpoint ${this.name} ${what}${pause} when asked for ${method} of ${about}`, {
      endpoint: this.name,
      method,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
}

/** An error in a good HTTP answer that is nevertheless the endpoint's trouble, not an answer. */
function faultOf(answer: RpcAnswer): WireFault | undefined {
  if (!("error" in answer)) return undefined;
  const { code } = answer.error;
  if (RATE_LIMIT_CODES.includes(code)) {
    return new WireFault(`limits the rate (code ${code})`, { isRetryable: true, isRateLimit: true });
  }
  return code === NODE_FAULT_CODE
    ? new WireFault(`has a fault inside (code ${code})`, { isRetryable: true })
    : undefined;
}

/** Some nodes and proxies say it in words under a general code. */
const NOT_SERVED_WORDS =
  /unsupported method|\b(method|eth_\w+)\b.*\b(not (found|supported|available|allowed)|does not exist)/i;

function isNotServed(code: number, message: string): boolean {
  return NOT_SERVED_CODES.includes(code) || NOT_SERVED_WORDS.test(message);
}
