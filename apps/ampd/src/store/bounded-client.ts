import { Socket } from "node:net";
import pg from "pg";

export type Bounds = {
  /** A query without an answer for so long ends its connection. */
  readonly answerTimeoutMs: number;
  readonly onSilence: (error: Error) => void;
};

/** A server that is there says goodbye at once. */
const GOODBYE_TIMEOUT_MS = 1_000;

/**
 * A client whose every call ends. `pg`'s own `query_timeout` refuses the query and keeps the connection: the pool then hands
 * out one that still works on it, or that never sent the ROLLBACK behind it. This one ends the connection.
 */
export function boundedClient({ answerTimeoutMs, onSilence }: Bounds): typeof pg.Client {
  return class BoundedClient extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      const socket = new Socket();
      super({ ...(typeof config === "string" ? { connectionString: config } : config), stream: () => socket });
      this.query = afterCalling(this.query, this.#watch(socket));
      this.end = afterCalling(this.end, () => endAfter(this, socket, GOODBYE_TIMEOUT_MS));
    }

    #watch(socket: Socket): () => void {
      let timer: NodeJS.Timeout | undefined;
      const rest = () => {
        clearTimeout(timer);
        timer = undefined;
      };
      this.on("drain", rest);
      this.on("end", rest);
      const giveUp = () => {
        onSilence(new Error(`the database did not answer within ${answerTimeoutMs} ms`));
        socket.destroy();
      };
      return () => {
        timer = timer?.refresh() ?? setTimeout(giveUp, answerTimeoutMs);
      };
    }
  };
}

/** A connection that is dead takes no goodbye, and would keep the process alive for minutes. */
function endAfter(client: pg.Client, socket: Socket, timeoutMs: number): void {
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  client.once("end", () => clearTimeout(timer));
  socket.once("close", () => clearTimeout(timer));
}

/** The same method, with its overloads, that tells of each call. */
function afterCalling<Method extends (...words: never[]) => unknown>(method: Method, onCall: () => void): Method {
  return new Proxy(method, {
    apply: (target, self, words) => {
      onCall();
      return Reflect.apply(target, self, words);
    },
  });
}
