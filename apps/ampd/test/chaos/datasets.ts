/** A dataset of the one chain; equal manifests would share a hash, so each differs in its start or its tables. */
export type ChaosDataset = {
  readonly name: string;
  readonly manifest: object;
  /** What its jobs may be deployed with; null follows for ever. */
  readonly endBlocks: readonly (string | null)[];
};

/** Blocks that the chain has when the first job starts. */
export const FIRST_HEAD = 60;

/** The start of the datasets that wait for the chain. A reorg of a start block is another chain to a dataset, so none comes. */
export const LATE_START = FIRST_HEAD + 20;

const ENDLESS = [null];
const MIXED = [null, "latest", String(FIRST_HEAD + 25), "-10"];

export const DATASETS: readonly ChaosDataset[] = [
  dataset("all_0", { start: 0, tables: [] }, ENDLESS),
  dataset("all_1", { start: 1, tables: [] }, MIXED),
  dataset("all_31", { start: 31, tables: [] }, ENDLESS),
  dataset("all_late", { start: LATE_START, tables: [] }, ENDLESS),
  dataset("blocks_0", { start: 0, tables: ["blocks"] }, ENDLESS),
  dataset("blocks_7", { start: 7, tables: ["blocks"] }, MIXED),
  dataset("blocks_late", { start: LATE_START, tables: ["blocks"] }, ENDLESS),
  dataset("logs_0", { start: 0, tables: ["logs"] }, ENDLESS),
  dataset("logs_12", { start: 12, tables: ["logs"] }, MIXED),
  dataset("transactions_0", { start: 0, tables: ["transactions"] }, ENDLESS),
  dataset("transactions_33", { start: 33, tables: ["transactions"] }, MIXED),
  dataset("pair_0", { start: 0, tables: ["blocks", "logs"] }, MIXED),
  dataset("pair_20", { start: 20, tables: ["blocks", "transactions"] }, ENDLESS),
];

function dataset(
  name: string,
  { start, tables }: { readonly start: number; readonly tables: readonly string[] },
  endBlocks: readonly (string | null)[],
): ChaosDataset {
  const chosen = Object.fromEntries(tables.map((table) => [table, {}]));
  return { name, endBlocks, manifest: { kind: "evm-rpc", network: "anvil", start_block: start, tables: chosen } };
}
