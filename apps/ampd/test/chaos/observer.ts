import { setTimeout as sleep } from "node:timers/promises";
import { isEnded, type JobStatus } from "../../src/domain/job.ts";
import { sql } from "../cluster/sql.ts";

type SeenJob = {
  readonly number: number;
  readonly status: JobStatus;
  readonly version: number;
  readonly attempt: number;
  readonly incarnation: string | null;
  readonly tables: string;
};

type Snapshot = { readonly jobs: readonly SeenJob[]; readonly last: number; readonly known: number };

const EVERY_MS = 1_000;
const OWNED = "('RUNNING', 'STOP_REQUESTED', 'STOPPING')";

/**
 * Looks at the database once a second and says what must not be. Also makes the database itself note, in each publish's
 * own transaction, whose files become visible and who owns the job at that moment.
 */
export class Observer {
  readonly faults: string[] = [];
  readonly #url: string;
  readonly #stop = new AbortController();
  readonly #jobs = new Map<number, SeenJob>();
  readonly #owners = new Map<string, string>();
  #last = 0;
  #count = 0;
  #looks = 0;
  #watching: Promise<void> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** How often it saw the database. */
  get looks(): number {
    return this.#looks;
  }

  async start(): Promise<void> {
    await sql(this.#url, AUDIT);
    this.#watching = this.#watch();
  }

  /** @returns every fault seen */
  async stop(): Promise<string[]> {
    this.#stop.abort();
    await this.#watching;
    await this.#look();
    return [...this.faults, ...(await this.#publishFaults())];
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await sleep(EVERY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      // The server may be down: it is looked at again.
      await this.#look().catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const [snapshot] = await sql<Snapshot>(
      this.#url,
      `select coalesce((select jsonb_agg(jsonb_build_object('number', number, 'status', status, 'version', version,
          'attempt', attempt, 'incarnation', incarnation, 'tables', concat_ws('/', namespace, name, manifest_hash))
          order by number) from job), '[]') as jobs,
        (select coalesce(max(sequence), 0) from job_event) as last,
        (select count(*) from job_event where sequence <= $1) as known`,
      [this.#last],
    );
    if (snapshot === undefined) return;
    this.#looks += 1;
    await this.#checkLog(snapshot);
    this.#checkTables(snapshot.jobs);
    for (const job of snapshot.jobs) {
      const before = this.#jobs.get(job.number);
      for (const fault of [...changeFaults(before, job), ...this.#ownerFaults(job)]) {
        this.faults.push(`job ${job.number}: ${fault}`);
      }
      this.#jobs.set(job.number, job);
    }
  }

  /** Who has seen n must not find a smaller number that it did not see. */
  async #checkLog({ last, known }: Snapshot): Promise<void> {
    if (known !== this.#count) {
      this.faults.push(`up to event ${this.#last} there were ${this.#count} events, now there are ${known}`);
    }
    if (last < this.#last) this.faults.push(`the log went back from event ${this.#last} to ${last}`);
    const [row] = await sql<{ count: number }>(this.#url, "select count(*) from job_event where sequence <= $1", [
      last,
    ]);
    this.#last = last;
    this.#count = row?.count ?? 0;
  }

  #checkTables(jobs: readonly SeenJob[]): void {
    const active = Map.groupBy(
      jobs.filter(({ status }) => !isEnded(status)),
      ({ tables }) => tables,
    );
    for (const [tables, same] of active) {
      if (same.length > 1) {
        this.faults.push(`${tables} has active jobs ${same.map(({ number }) => number).join(", ")} at once`);
      }
    }
  }

  #ownerFaults({ number, attempt, incarnation }: SeenJob): string[] {
    if (incarnation === null) return [];
    const key = `${number}/${attempt}`;
    const owner = this.#owners.get(key);
    this.#owners.set(key, incarnation);
    return owner === undefined || owner === incarnation
      ? []
      : [`attempt ${attempt} has owners ${owner}, ${incarnation}`];
  }

  async #publishFaults(): Promise<string[]> {
    const rows = await sql<{ name: string; job: number; status: string; attempt: number; recorded: string | null }>(
      this.#url,
      `select p.name, p.job, p.status, p.attempt, r.job || '/' || r.attempt as recorded
      from chaos_published p left join chaos_recorded r on r.table_id = p.table_id and r.name = p.name
      where p.status not in ${OWNED} or (r.job, r.attempt) is distinct from (p.job, p.attempt)`,
    );
    return rows.map(
      ({ name, job, status, attempt, recorded }) =>
        `${name} of attempt ${recorded} was published while job ${job} was ${status} in attempt ${attempt}`,
    );
  }
}

function changeFaults(before: SeenJob | undefined, now: SeenJob): string[] {
  if (before === undefined) return [];
  const faults: string[] = [];
  if (now.version < before.version) faults.push(`version went from ${before.version} to ${now.version}`);
  if (now.attempt < before.attempt) faults.push(`attempt went from ${before.attempt} to ${now.attempt}`);
  if (now.status !== before.status && now.version === before.version) {
    faults.push(`moved from ${before.status} to ${now.status} without another version`);
  }
  if (isEnded(before.status) && (now.status !== before.status || now.version !== before.version)) {
    faults.push(`had ended as ${before.status} and is ${now.status}`);
  }
  return faults;
}

const AUDIT = `
  create table chaos_recorded (table_id bigint, name text, job bigint, attempt int);
  create table chaos_published (table_id bigint, name text, job bigint, status text, attempt int);
  create function chaos_record() returns trigger language plpgsql as $$ begin
    insert into chaos_recorded values (old.table_id, old.name, old.job_number, old.attempt);
    return null;
  end $$;
  create function chaos_publish() returns trigger language plpgsql as $$ begin
    insert into chaos_published
      select new.table_id, new.name, j.number, j.status::text, j.attempt
      from dataset_table t join job j on j.number = t.writer_job where t.id = new.table_id;
    return null;
  end $$;
  create trigger chaos_record after delete on pending_file for each row execute function chaos_record();
  create trigger chaos_publish after insert on table_file for each row execute function chaos_publish();`;
