import { onTestFinished } from "vitest";
import { type Chain, type ChainSettings, openChain } from "../src/extract/chain.ts";
import { type ReplayServer, type ReplaySettings, startReplayServer } from "./replay-server.ts";

/** A replay server and a chain over it, both closed when the test ends. Retries wait a millisecond. */
export async function openReplay(
  settings: ReplaySettings,
  chainSettings: Partial<ChainSettings> & { readonly overSocket?: boolean } = {},
): Promise<{ server: ReplayServer; chain: Chain }> {
  const server = await startReplayServer(settings);
  const chain = openChain({
    endpoint: "replay",
    url: `${chainSettings.overSocket ? server.socketUrl : server.url}/v3/secret-api-key`,
    headers: {},
    timeoutMs: 5000,
    concurrency: 4,
    batchSize: 1,
    receiptsPerTransaction: false,
    requestsPerMinute: undefined,
    retryDelaysMs: [1, 1, 1],
    ...chainSettings,
  });
  onTestFinished(async () => {
    chain.close();
    await server[Symbol.asyncDispose]();
  });
  return { server, chain };
}
