import type { LogLine } from "../cluster/program.ts";

/** What the workers say of themselves, apart from what the database says of them. */
export class Claims {
  readonly faults: string[] = [];
  published = 0;
  readonly #claimers = new Map<string, string>();

  read(node: string, line: LogLine): void {
    if (line.msg === "segment published") this.published += 1;
    if (line.msg !== "job claimed") return;
    const attempt = `job ${line.job}, attempt ${line.attempt}`;
    const claimer = `${node} (process ${line.pid})`;
    const before = this.#claimers.get(attempt);
    if (before !== undefined && before !== claimer)
      this.faults.push(`${attempt} was claimed by ${before} and ${claimer}`);
    this.#claimers.set(attempt, claimer);
  }
}
