import type { WaitCause } from "../domain/live-report.ts";

export type WatchdogSettings = {
  readonly limitMs: number;
  /** Called once, with what was going on when nothing advanced any more. */
  readonly onStall: (stage: string, stalledMs: number) => void;
};

/** Notices that nothing has advanced for too long, whatever it is that hangs. */
export class Watchdog {
  readonly #settings: WatchdogSettings;
  #timer: NodeJS.Timeout | undefined;
  #advancedAtMs = performance.now();
  #stage: string;
  #awaited: WaitCause = "NOTHING";

  constructor(settings: WatchdogSettings, stage: string) {
    this.#settings = settings;
    this.#stage = stage;
    this.#timer = setTimeout(() => this.#look(), settings.limitMs);
  }

  /** Something was done; what is done next is the same as before. */
  advance(): void {
    this.#advancedAtMs = performance.now();
  }

  /** Something was done. @param stage what is done next, as in "it was …" @param awaited what that depends on */
  enter(stage: string, awaited: WaitCause): void {
    this.advance();
    this.#stage = stage;
    this.#awaited = awaited;
  }

  /** How long nothing has advanced, in milliseconds. */
  get idleMs(): number {
    return performance.now() - this.#advancedAtMs;
  }

  /** What the present stage depends on. */
  get awaited(): WaitCause {
    return this.#awaited;
  }

  /** Nothing is noticed any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const { limitMs, onStall } = this.#settings;
    const stalledMs = this.idleMs;
    if (stalledMs >= limitMs) onStall(this.#stage, stalledMs);
    else this.#timer = setTimeout(() => this.#look(), limitMs - stalledMs);
  }
}
