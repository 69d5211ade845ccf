const PARTS = ["leave", "lease", "store"] as const;

/** Puts together why a worker cannot take up work, and tells each change of the weightiest reason. */
export class WorkerStatus {
  readonly #onChange: (reason: string | undefined) => void;
  readonly #reasons = new Map<(typeof PARTS)[number], string>();
  #told: string | undefined;

  constructor(onChange: (reason: string | undefined) => void) {
    this.#onChange = onChange;
  }

  /** @param reason undefined when the part works */
  set(part: (typeof PARTS)[number], reason: string | undefined): void {
    if (reason === undefined) this.#reasons.delete(part);
    else this.#reasons.set(part, reason);
    const weightiest = PARTS.find((name) => this.#reasons.has(name));
    const news = weightiest === undefined ? undefined : this.#reasons.get(weightiest);
    if (news === this.#told) return;
    this.#told = news;
    this.#onChange(news);
  }
}
