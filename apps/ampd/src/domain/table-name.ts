/** The tables of an `evm-rpc` dataset, in the order in which they are listed everywhere. */
export const TABLE_NAMES = ["blocks", "transactions", "logs"] as const;

export type TableName = (typeof TABLE_NAMES)[number];
