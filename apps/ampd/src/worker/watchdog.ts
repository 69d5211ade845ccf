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

  constructor(settings: WatchdogSettings, stage: string) {
    this.#settings = settings;
    this.#stage = stage;
    this.#timer = setTimeout(() => this.#look(), settings.limitMs);
  }

  /** Something was done. @param stage what is done next, as in "it was …"; the same as before when absent */
  advance(stage = this.#stage): void {
    this.#advancedAtMs = performance.now();
    this.#stage = stage;
  }

  /** Nothing is noticed any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const { limitMs, onStall } = this.#settings;
    const stalledMs = performance.now() - this.#advancedAtMs;
    if (stalledMs >= limitMs) onStall(this.#stage, stalledMs);
    else this.#timer = setTimeout(() => this.#look(), limitMs - stalledMs);
  }
}
