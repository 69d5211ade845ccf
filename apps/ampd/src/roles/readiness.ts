import type { Readiness as Answer } from "../http/health.ts";

/** What keeps the process from its work just now. Each part of it says its own reason, and takes it back. */
export class Readiness {
  readonly #reasons = new Map<string, string>();

  constructor() {
    this.#reasons.set("start", "the process is starting");
  }

  /** @param reason undefined when the part works */
  set(part: "start" | "drain" | "database" | "worker", reason: string | undefined): void {
    if (reason === undefined) this.#reasons.delete(part);
    else this.#reasons.set(part, reason);
  }

  read(): Answer {
    return { ready: this.#reasons.size === 0, reasons: [...this.#reasons.values()] };
  }
}
