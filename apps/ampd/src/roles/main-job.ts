import type { Actor } from "../domain/actor.ts";
import { openChain } from "../extract/chain.ts";
import type { Database } from "../store/database.ts";
import { registerDataset } from "../store/dataset.ts";
import { deployJob } from "../store/job-deploy.ts";
import { registerProvider } from "../store/provider.ts";

/** Names that people know; another chain is called by its id. */
const NETWORKS: ReadonlyMap<bigint, string> = new Map([
  [1n, "mainnet"],
  [31_337n, "anvil"],
]);

const PROVIDER = "main";
const NAMESPACE = "_";
const PROBE_TIMEOUT_MS = 5_000;

/**
 * What `--rpc-url` asks for: the endpoint as a provider, its chain as a dataset, and a job that follows it. A second start
 * finds all three and goes on.
 * @returns the job's number
 * @throws EndpointFailingError when the endpoint does not answer
 */
export async function deployMainJob(
  database: Database,
  rpcUrl: string,
  options: { readonly actor: Actor; readonly signal: AbortSignal },
): Promise<bigint> {
  const chainId = await readChainId(rpcUrl, options.signal);
  const network = NETWORKS.get(chainId) ?? `evm_${chainId}`;
  await registerProvider(database, PROVIDER, { kind: "evm-rpc", network, url: rpcUrl });
  const manifest = await registerDataset(database, {
    namespace: NAMESPACE,
    name: network,
    manifest: { content: { kind: "evm-rpc", network, start_block: 0, finalized_blocks_only: false, tables: {} } },
  });
  const deployment = {
    namespace: NAMESPACE,
    name: network,
    manifestHash: manifest.hash,
    endBlock: null,
    parallelism: 1,
    verify: false,
    nodeSelector: null,
  };
  const { job } = await deployJob(database, deployment, options.actor);
  return job.number;
}

async function readChainId(url: string, signal: AbortSignal): Promise<bigint> {
  const chain = openChain({
    endpoint: "of --rpc-url",
    url,
    headers: {},
    timeoutMs: PROBE_TIMEOUT_MS,
    concurrency: 1,
    batchSize: 1,
    receiptsPerTransaction: false,
    requestsPerMinute: undefined,
    retryDelaysMs: [250],
  });
  try {
    return await chain.chainId(signal);
  } finally {
    chain.close();
  }
}
