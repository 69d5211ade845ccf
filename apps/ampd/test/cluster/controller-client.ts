/** A change that a controller acknowledged, or why it refused. */
export type Change =
  | { readonly kind: "done"; readonly job: number; readonly changed: boolean }
  | { readonly kind: "refused"; readonly why: string };

export type JobView = {
  readonly number: number;
  readonly status: string;
  readonly attempt: number;
  readonly failures: number;
  readonly version: number;
  readonly nodeId: string | null;
};

export type Deploy = {
  readonly dataset: string;
  readonly endBlock?: string | null;
  readonly nodeSelector?: string | null;
  readonly idempotencyKey?: string;
};

type Refusal = { readonly __typename: string; readonly message?: string };

const TIMEOUT_MS = 10_000;
const ERROR = "__typename ... on Error { message }";
const JOB = "number status attempt failures version nodeId";

/**
 * Asks one controller over GraphQL. A refusal is an answer; anything that leaves open what happened (no connection, no
 * answer in time, a fault of the server's) throws.
 */
export class ControllerClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async ask<T>(document: string, variables: object = {}): Promise<T> {
    const response = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: document, variables }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // GraphQL over HTTP.
    const answer = (await response.json()) as { data?: T; errors?: { message: string }[] };
    if (answer.data === undefined || answer.data === null || answer.errors !== undefined) {
      throw new Error(`${response.status}: ${answer.errors?.map(({ message }) => message).join("; ")}`);
    }
    return answer.data;
  }

  async registerProvider(name: string, config: object): Promise<void> {
    await this.#accepted(
      `mutation($name: String!, $config: JSON!) {
        registerProvider(input: { name: $name, config: $config }) { ${ERROR} }
      }`,
      { name, config },
    );
  }

  async registerDataset(name: string, manifest: object): Promise<void> {
    await this.#accepted(
      `mutation($name: String!, $manifest: JSON!) {
        registerDataset(input: { namespace: "_", name: $name, version: "1.0.0", manifest: $manifest }) { ${ERROR} }
      }`,
      { name, manifest },
    );
  }

  async jobs(): Promise<JobView[]> {
    const { jobs } = await this.ask<{ jobs: { nodes: JobView[] } }>(`{ jobs(first: 1000) { nodes { ${JOB} } } }`);
    return jobs.nodes.map(toView);
  }

  async job(number: number): Promise<JobView | undefined> {
    const document = `query($number: BigInt!) { job(number: $number) { ${JOB} } }`;
    const { job } = await this.ask<{ job: JobView | null }>(document, { number });
    return job === null ? undefined : toView(job);
  }

  /** The last block published, and the types of the job's events in order. */
  async follow(number: number): Promise<{ currentBlock: number; events: string[] }> {
    type Data = { job: { progress: { currentBlock: string | null }; events: { nodes: { type: string }[] } } };
    const { job } = await this.ask<Data>(
      `query($number: BigInt!) {
        job(number: $number) { progress { currentBlock } events(first: 1000) { nodes { type } } }
      }`,
      { number },
    );
    return { currentBlock: Number(job.progress.currentBlock ?? -1), events: job.events.nodes.map(({ type }) => type) };
  }

  deploy(input: Deploy): Promise<Change> {
    return this.#change(
      `mutation($input: DeployDatasetInput!) {
        answer: deployDataset(input: $input) { ${ERROR} ... on DeployDatasetPayload { changed: created job { number } } }
      }`,
      { input },
    );
  }

  stop(number: number): Promise<Change> {
    return this.#change(
      `mutation($number: BigInt!) {
        answer: stopJob(input: { number: $number }) { ${ERROR} ... on StopJobPayload { changed job { number } } }
      }`,
      { number },
    );
  }

  retry(number: number): Promise<Change> {
    return this.#change(
      `mutation($number: BigInt!) {
        answer: retryJob(input: { number: $number }) { ${ERROR} ... on RetryJobPayload { changed: created job { number } } }
      }`,
      { number },
    );
  }

  remove(number: number): Promise<Change> {
    return this.#change(
      `mutation($number: BigInt!) {
        answer: removeJob(input: { number: $number }) { ${ERROR} ... on RemoveJobPayload { changed number } }
      }`,
      { number },
    );
  }

  /** @returns how many jobs are gone */
  async prune(status: string): Promise<number> {
    const { answer } = await this.ask<{ answer: { total?: number } }>(
      `mutation($status: [JobStatus!]) {
        answer: pruneJobs(input: { status: $status }) { ${ERROR} ... on PruneJobsPayload { total } }
      }`,
      { status: [status] },
    );
    return answer.total ?? 0;
  }

  async drainWorker(nodeId: string): Promise<void> {
    await this.#accepted(`mutation($nodeId: String!) { drainWorker(input: { nodeId: $nodeId }) { ${ERROR} } }`, {
      nodeId,
    });
  }

  /** The mutations that this program has, and the fields of a deploy. */
  async capabilities(): Promise<ReadonlySet<string>> {
    type Names = { name: string }[];
    const { mutation, deploy } = await this.ask<{ mutation: { fields: Names }; deploy: { inputFields: Names } }>(
      `{ mutation: __type(name: "Mutation") { fields { name } }
         deploy: __type(name: "DeployDatasetInput") { inputFields { name } } }`,
    );
    return new Set([...mutation.fields, ...deploy.inputFields].map(({ name }) => name));
  }

  async #change(document: string, variables: object): Promise<Change> {
    type Done = { changed: boolean; number?: string; job?: { number: string } };
    const { answer } = await this.ask<{ answer: Refusal & Partial<Done> }>(document, variables);
    const number = answer.job?.number ?? answer.number;
    if (number === undefined) return { kind: "refused", why: answer.__typename };
    return { kind: "done", job: Number(number), changed: answer.changed === true };
  }

  async #accepted(document: string, variables: object): Promise<void> {
    const answers = await this.ask<Record<string, Refusal>>(document, variables);
    for (const { __typename, message } of Object.values(answers)) {
      if (message !== undefined) throw new Error(`${__typename}: ${message}`);
    }
  }
}

/** Numbers come as strings. */
function toView(job: JobView): JobView {
  return { ...job, number: Number(job.number) };
}
