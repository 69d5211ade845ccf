/** Fields of a JSON-RPC object that nobody has parsed yet: any of them may be absent or of another type. */
type RawFields<Name extends string> = { readonly [Field in Name]?: unknown };

/** A log as `eth_getBlockReceipts` tells it. */
export type RpcLog = RawFields<
  "address" | "topics" | "data" | "logIndex" | "transactionIndex" | "transactionHash" | "blockHash"
>;

/** A receipt whose `logs` are known to be a list of objects. `root` stands instead of `status` before Byzantium (EIP-658). */
export type RpcReceipt = RawFields<
  "blockHash" | "transactionHash" | "transactionIndex" | "cumulativeGasUsed" | "gasUsed" | "status" | "root"
> & { readonly logs: readonly RpcLog[] };

/** A full transaction inside a block, of any type: unknown types are normal. */
export type RpcTransaction = RawFields<
  | "blockHash"
  | "transactionIndex"
  | "hash"
  | "type"
  | "from"
  | "to"
  | "nonce"
  | "gas"
  | "gasPrice"
  | "value"
  | "input"
  | "r"
  | "s"
  | "v"
  | "yParity"
  | "chainId"
  | "maxFeePerGas"
  | "maxPriorityFeePerGas"
  | "maxFeePerBlobGas"
  | "accessList"
  | "blobVersionedHashes"
  | "authorizationList"
>;

/** A block header as every block answer holds it. */
export type RpcHeader = RawFields<
  | "number"
  | "hash"
  | "parentHash"
  | "timestamp"
  | "sha3Uncles"
  | "miner"
  | "stateRoot"
  | "transactionsRoot"
  | "receiptsRoot"
  | "logsBloom"
  | "difficulty"
  | "totalDifficulty"
  | "gasLimit"
  | "gasUsed"
  | "extraData"
  | "mixHash"
  | "nonce"
  | "baseFeePerGas"
  | "withdrawalsRoot"
  | "blobGasUsed"
  | "excessBlobGas"
  | "parentBeaconBlockRoot"
  | "requestsHash"
>;

/** A block whose `transactions` are known to be a list of objects. */
export type RpcBlock = RpcHeader & { readonly transactions: readonly RpcTransaction[] };
