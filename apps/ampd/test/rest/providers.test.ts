import { expect, test } from "vitest";
import { useDatabase } from "../store-fixtures.ts";
import { serve } from "./rest-server.ts";

const database = useDatabase("pglite");

const ANVIL = { kind: "evm-rpc", network: "anvil", url: "http://127.0.0.1:8545/" };

test("secrets never come back; an update that leaves them out keeps them, at their host only", async () => {
  const rest = await serve(database());
  const secret = { name: "one", ...ANVIL, url: "https://user:hunter2@rpc.example/?key=hunter2", auth_token: "hunter2" };
  for (const line of ["POST /providers", "GET /providers", "GET /providers/one"]) {
    const { status, text } = await rest(line, line.startsWith("POST") ? { body: JSON.stringify(secret) } : {});
    expect(status, line).toBeLessThan(300);
    expect(text, line).not.toContain("hunter2");
  }
  const config = async () => (await database().prisma.provider.findUnique({ where: { name: "one" } }))?.config;
  await rest("POST /providers", { body: JSON.stringify({ name: "one", ...ANVIL, url: "https://rpc.example/v2" }) });
  expect(await config()).toMatchObject({ auth_token: "hunter2", url: "https://rpc.example/v2" });
  await rest("POST /providers", { body: JSON.stringify({ name: "one", ...ANVIL }) });
  expect(await config()).toEqual(ANVIL);
});
