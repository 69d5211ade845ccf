import { UsageError } from "../errors.ts";
import { decodeJson } from "../output/json.ts";

/** Fields of a provider by their names. */
export type ProviderFields = Readonly<Record<string, unknown>>;

/**
 * Reads `key=value`, and collects them: a number, `true`, `false` and `null` are what they say, all else is text.
 * @throws UsageError that does not repeat the value: it may be a secret
 */
export function parseField(text: string, before: ProviderFields = {}): ProviderFields {
  const [, key = "", value = ""] = /^([a-z_]+)=(.*)$/s.exec(text) ?? [];
  if (key === "") {
    throw new UsageError("--set takes key=value, such as concurrent_request_limit=16", { code: "INVALID_FIELD" });
  }
  const isLiteral = /^(-?\d+(\.\d+)?|true|false|null)$/.test(value);
  return { ...before, [key]: isLiteral ? literalOf(value) : value };
}

/** What looks like a number and is none in JSON, such as 007, is text. */
function literalOf(value: string): unknown {
  try {
    return decodeJson(value);
  } catch {
    return value;
  }
}
