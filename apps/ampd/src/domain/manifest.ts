import { InvalidManifestError } from "./errors.ts";
import { JsonFields, show } from "./parse.ts";
import { TABLE_NAMES, type TableName } from "./table-name.ts";

/** What to extract from which network. */
export type DatasetManifest = {
  readonly kind: "evm-rpc";
  readonly network: string;
  readonly startBlock: bigint;
  /** Follow the `finalized` tag instead of the head. */
  readonly finalizedBlocksOnly: boolean;
  /** In the order of TABLE_NAMES; never empty. */
  readonly tables: readonly TableName[];
};

/**
 * Reads a manifest from JSON. Fields that it does not know are allowed and kept in the stored content.
 * @throws InvalidManifestError naming the path of the fault and what is allowed
 */
export function parseManifest(content: unknown): DatasetManifest {
  const fields = new JsonFields(content, "manifest", (message) => new InvalidManifestError(message));
  if (fields.value("kind") !== "evm-rpc") throw fields.fault("kind", '"evm-rpc"');
  return {
    kind: "evm-rpc",
    network: fields.shortString("network"),
    startBlock: fields.blockNumber("start_block", 0n),
    finalizedBlocksOnly: fields.boolean("finalized_blocks_only", false),
    tables: parseTables(fields.value("tables") ?? {}),
  };
}

function parseTables(value: unknown): TableName[] {
  const refuse = (message: string) => new InvalidManifestError(message);
  const names = new JsonFields(value, "manifest.tables", refuse).names();
  const unknown = names.find((name) => !(TABLE_NAMES as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw refuse(
      `manifest.tables has ${show(unknown)}: the tables of an evm-rpc dataset are ${TABLE_NAMES.join(", ")}`,
    );
  }
  return TABLE_NAMES.filter((name) => names.length === 0 || names.includes(name));
}
