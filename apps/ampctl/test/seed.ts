import { call, waitForStatus } from "./ampd.ts";

/** What the tests of reading commands read. Jobs: 1 COMPLETED, 2 FAILED, 3 STOPPED, 4 SCHEDULED for a worker that is not there. */
export async function seed(url: string, rpcUrl: string): Promise<void> {
  const post = (path: string, body?: object) => call(url, `POST ${path}`, body);
  await post("/providers", { name: "anvil", kind: "evm-rpc", network: "anvil", url: rpcUrl, auth_token: "secret" });
  // No HTTP client of Node goes to that port.
  await post("/providers", { name: "dead_end", kind: "evm-rpc", network: "far", url: "http://127.0.0.1:9/rpc" });
  const manifest = (network: string, start: number, tables: object) => {
    return { kind: "evm-rpc", network, start_block: start, tables };
  };
  const everything = manifest("anvil", 0, {});
  await post("/datasets", { namespace: "_", name: "mainnet", version: "1.0.0", manifest: everything });
  await post("/datasets", { namespace: "_", name: "mainnet", manifest: manifest("anvil", 7, { blocks: {} }) });
  await post("/datasets", { namespace: "eth", name: "far", manifest: manifest("far", 5, { blocks: {}, logs: {} }) });
  await post("/datasets", { namespace: "_", name: "lonely", version: "0.1.0", manifest: manifest("anvil", 1, {}) });
  await post("/datasets/_/mainnet/versions/1.0.0/deploy", { end_block: 90 });
  await waitForStatus(url, 1, "COMPLETED");
  await post("/datasets/eth/far/versions/dev/deploy");
  await waitForStatus(url, 2, "FAILED");
  await post("/datasets/_/lonely/versions/latest/deploy", { worker_id: "eu-*", parallelism: 2 });
  const query = "mutation ($reason: String) { stopJob(input: { number: 3, reason: $reason }) { __typename } }";
  await post("/graphql", { query, variables: { reason: "\u001b[2J\u009b31mwiped\u202e\nby \u0007 Mallory" } });
  await post("/datasets/_/lonely/versions/latest/deploy", { worker_id: "eu-*", end_block: "-50" });
}
