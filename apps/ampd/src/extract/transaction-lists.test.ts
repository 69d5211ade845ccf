import { expect, test } from "vitest";
import { AUTHORIZATION_LIST } from "./transaction-lists.ts";

function readChainId(chainId: string): unknown {
  const list = AUTHORIZATION_LIST;
  if (list.kind !== "list" || list.item.kind !== "struct") throw new Error("authorizations are a list of structs");
  return list.item.fields.find(({ name }) => name === "chain_id")?.read({ chainId });
}

test("a void authorization for a chain beyond 64 bits is written as the highest that fits", () => {
  expect(readChainId("0x1")).toBe("0x1");
  expect(readChainId("0xffffffffffffffff")).toBe("0xffffffffffffffff");
  expect(readChainId("0x10000000000000000")).toBe("0xffffffffffffffff");
  expect(readChainId(`0x${"f".repeat(64)}`)).toBe("0xffffffffffffffff");
});
