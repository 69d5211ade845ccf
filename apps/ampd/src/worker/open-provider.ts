import { NoProviderError } from "../domain/errors.ts";
import { expandSecrets, parseProvider } from "../domain/provider.ts";
import { type Chain, openChain } from "../extract/chain.ts";
import type { Database } from "../store/database.ts";
import type { JobRow } from "../store/job-row.ts";
import { listProviders } from "../store/provider.ts";
import type { WorkerSettings } from "./settings.ts";

type ProviderSettings = Pick<WorkerSettings, "environment" | "mayRead"> & {
  /** Told of every answer, and while a limit of the endpoint is waited for. */
  readonly onAdvance?: () => void;
  /** Told when such a wait begins, and every second of it. */
  readonly onLimit?: () => void;
};

const DEFAULT_TIMEOUT_SECONDS = 30;
const DEFAULT_BATCH_SIZE = 100;
/** Blocks in flight for each unit of a job's parallelism, where the provider sets no limit. */
const CONCURRENCY_PER_PARALLELISM = 16;
const MAX_CONCURRENCY = 256;

/**
 * Connects to a provider of the network; of several, each attempt takes the next one.
 * @throws NoProviderError
 * @throws InvalidArgumentError when its fields cannot be used
 */
export async function openProvider(
  database: Database,
  network: string,
  job: Pick<JobRow, "attempt" | "parallelism">,
  settings: ProviderSettings,
): Promise<Chain> {
  const providers = await listProviders(database, { network });
  const provider = providers[(job.attempt - 1) % Math.max(providers.length, 1)];
  if (provider === undefined) throw new NoProviderError(network);
  const parsed = expandSecrets(parseProvider(provider.config), settings.environment, settings.mayRead);
  const wanted = Math.min(CONCURRENCY_PER_PARALLELISM * job.parallelism, MAX_CONCURRENCY);
  return openChain({
    endpoint: provider.name,
    url: parsed.url,
    headers: authHeaders(parsed.authToken, parsed.authHeader),
    timeoutMs: (parsed.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1_000,
    concurrency: Math.min(parsed.concurrency ?? wanted, wanted),
    batchSize: parsed.batchSize ?? DEFAULT_BATCH_SIZE,
    receiptsPerTransaction: parsed.receiptsPerTransaction,
    requestsPerMinute: parsed.requestsPerMinute,
    ...(settings.onAdvance === undefined ? {} : { onAdvance: settings.onAdvance }),
    ...(settings.onLimit === undefined ? {} : { onLimit: settings.onLimit }),
  });
}

function authHeaders(token: string | undefined, header: string | undefined): Record<string, string> {
  if (token === undefined) return {};
  return header === undefined ? { authorization: `Bearer ${token}` } : { [header]: token };
}
