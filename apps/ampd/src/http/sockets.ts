import type { Socket } from "node:net";

/** Every open connection, so that closing the server ends the idle ones at once and hangs on none. */
export class Sockets {
  /** How many requests run on each; an upgraded connection counts as one that runs until it closes. */
  readonly #running = new Map<Socket, number>();
  #isClosing = false;

  add(socket: Socket): void {
    this.#running.set(socket, 0);
    socket.once("close", () => this.#running.delete(socket));
  }

  begin(socket: Socket): void {
    const running = this.#running.get(socket);
    if (running !== undefined) this.#running.set(socket, running + 1);
  }

  end(socket: Socket): void {
    const running = this.#running.get(socket);
    if (running === undefined) return;
    this.#running.set(socket, running - 1);
    if (this.#isClosing && running === 1) socket.destroySoon();
  }

  /** Ends idle connections now, and each other one as soon as its last request is answered. */
  close(): void {
    this.#isClosing = true;
    for (const [socket, running] of this.#running) {
      if (running === 0) socket.destroySoon();
    }
  }

  destroy(): void {
    for (const socket of this.#running.keys()) socket.destroy();
  }
}
