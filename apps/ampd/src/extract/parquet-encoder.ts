import { Worker } from "node:worker_threads";
import { StorageFailingError } from "../domain/errors.ts";
import { buffersOf, type ColumnData } from "./column-data.ts";
import type { EncoderAnswer, EncoderReply, EncoderTask, ParquetFooter } from "./encoder-message.ts";
import { type FileMetadata, toKeyValues } from "./file-metadata.ts";

export type EncoderSettings = {
  /** A thread whose WebAssembly memory has grown beyond this is replaced. */
  readonly memoryLimitBytes?: number;
  /** Heap of the thread's JavaScript; a thread that needs more dies and its tasks fail. */
  readonly heapMib?: number;
};

const DEFAULT_MEMORY_LIMIT_BYTES = 512 * 1024 * 1024;

type Pending = { readonly resolve: (reply: EncoderReply) => void; readonly reject: (reason: unknown) => void };

/** One thread and the tasks that it has not answered. */
type Thread = { readonly worker: Worker; readonly pending: Map<number, Pending> };

/**
 * Encodes Parquet beside the main thread. parquet-wasm's memory never shrinks, so the thread is replaced when it has grown
 * and after every fault; the new one starts with the next task.
 */
export class ParquetEncoder {
  readonly #memoryLimitBytes: number;
  readonly #heapMib: number | undefined;
  readonly #threads = new Set<Thread>();
  #current: Thread | undefined;
  #nextId = 0;
  #closed = false;

  constructor(settings: EncoderSettings = {}) {
    this.#memoryLimitBytes = settings.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT_BYTES;
    this.#heapMib = settings.heapMib;
  }

  /**
   * The bytes of one Parquet file. The columns' buffers move to the thread: they are empty afterwards, whatever comes out.
   * @throws {StorageFailingError} when the thread refuses or dies
   */
  encode(
    input: FileMetadata & { readonly columns: readonly ColumnData[]; readonly rows: number },
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { table, columns, rows } = input;
    const task = { kind: "encode", table, columns, rows, keyValues: toKeyValues(input) } as const;
    return this.#run(task, { transfer: buffersOf(columns), signal });
  }

  /** The footer of a file. */
  readFooter(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<ParquetFooter> {
    // A copy moves to the thread: the caller's bytes may lie in a pool that other buffers share.
    const copy = bytes.slice();
    return this.#run({ kind: "footer", bytes: copy }, { transfer: [copy.buffer], signal });
  }

  /** Ends the threads; what they have not answered is refused. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#current = undefined;
    await Promise.all([...this.#threads].map((thread) => this.#end(thread, "was closed")));
  }

  async #run<Kind extends keyof EncoderAnswer>(
    task: EncoderTask & { readonly kind: Kind },
    { transfer, signal }: { transfer: ArrayBuffer[]; signal: AbortSignal },
  ): Promise<EncoderAnswer[Kind]> {
    signal.throwIfAborted();
    if (this.#closed) throw failing("was closed");
    const thread = this.#thread();
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<EncoderReply>();
    const onAbort = () => {
      // It may hang: whoever comes next gets another one.
      if (this.#current === thread) this.#current = undefined;
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    thread.pending.set(id, { resolve, reject });
    try {
      thread.worker.postMessage({ id, task }, transfer);
      const reply = await promise;
      if ("fault" in reply) throw failing(`failed: ${reply.fault}`);
      // The thread answers a task with its own kind of answer.
      return reply.answer as EncoderAnswer[Kind];
    } finally {
      signal.removeEventListener("abort", onAbort);
      thread.pending.delete(id);
      this.#endIfSpent(thread);
    }
  }

  #thread(): Thread {
    this.#current ??= this.#start();
    return this.#current;
  }

  #start(): Thread {
    const worker = new Worker(new URL("./encoder-thread.ts", import.meta.url), {
      name: "parquet-encoder",
      ...(this.#heapMib === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: this.#heapMib } }),
    });
    const thread: Thread = { worker, pending: new Map() };
    this.#threads.add(thread);
    worker.on("message", (reply: EncoderReply) => this.#onReply(thread, reply));
    worker.on("error", (error) => void this.#end(thread, `died: ${error.message}`));
    worker.on("exit", (code) => void this.#end(thread, `ended with code ${code}`));
    return thread;
  }

  #onReply(thread: Thread, reply: EncoderReply): void {
    thread.pending.get(reply.id)?.resolve(reply);
    thread.pending.delete(reply.id);
    // A fault may be a trap inside WebAssembly, after which its memory cannot be trusted.
    const isSpent = "fault" in reply || reply.memoryBytes > this.#memoryLimitBytes;
    if (isSpent && this.#current === thread) this.#current = undefined;
    this.#endIfSpent(thread);
  }

  #endIfSpent(thread: Thread): void {
    if (this.#current !== thread && thread.pending.size === 0) void this.#end(thread, "was replaced");
  }

  async #end(thread: Thread, how: string): Promise<void> {
    if (this.#current === thread) this.#current = undefined;
    this.#threads.delete(thread);
    for (const { reject } of thread.pending.values()) reject(failing(how));
    thread.pending.clear();
    await thread.worker.terminate();
  }
}

function failing(how: string): StorageFailingError {
  return new StorageFailingError(`the thread that encodes Parquet ${how}`);
}
