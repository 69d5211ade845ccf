import { expect, test } from "vitest";
import { registerProvider } from "../../src/store/provider.ts";
import { deploy, useDatabase } from "../store-fixtures.ts";
import { refusal, serve } from "./rest-server.ts";

const database = useDatabase("pglite");

const ANVIL = { kind: "evm-rpc", network: "anvil", url: "http://127.0.0.1:8545/" };

test("POST /providers registers a provider, and answers with it", async () => {
  const rest = await serve(database());
  const body = JSON.stringify({ name: "anvil", ...ANVIL, rpc_batch_size: 20, note: "mine" });
  expect(await rest("POST /providers", { body })).toMatchObject({
    status: 201,
    body: { name: "anvil", ...ANVIL, rpc_batch_size: 20, note: "mine" },
  });
});

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

test("GET /providers lists them by name", async () => {
  for (const name of ["two", "one"]) await registerProvider(database(), name, ANVIL);
  const rest = await serve(database());
  expect((await rest("GET /providers")).body).toEqual({
    providers: [
      { name: "one", ...ANVIL },
      { name: "two", ...ANVIL },
    ],
  });
});

test("GET and DELETE /providers/{name} show and remove one", async () => {
  await registerProvider(database(), "anvil", ANVIL);
  const rest = await serve(database());
  expect(await rest("GET /providers/anvil")).toMatchObject({ status: 200, body: { name: "anvil", ...ANVIL } });
  expect(await rest("DELETE /providers/anvil")).toMatchObject({ status: 204, text: "" });
  const missing = refusal(404, "PROVIDER_NOT_FOUND", "provider 'anvil' not found");
  expect(await rest("GET /providers/anvil")).toEqual(missing);
  expect(await rest("DELETE /providers/anvil")).toEqual(missing);
});

test("the last provider of a network that an active job needs stays", async () => {
  const job = await deploy(database());
  const manifest = await database().prisma.manifest.findUniqueOrThrow({ where: { hash: job.manifestHash } });
  await registerProvider(database(), "last", { ...ANVIL, network: manifest.network });
  const rest = await serve(database());
  expect(await rest("DELETE /providers/last")).toEqual(refusal(409, "PROVIDER_IN_USE"));
});

test.each(["Anvil", "1a", "a-b", "%zz", "a%2Fb", "%00"])("the provider name %s is refused in a path", async (name) => {
  const rest = await serve(database());
  expect(await rest(`GET /providers/${name}`)).toEqual(refusal(400, "INVALID_PROVIDER_NAME"));
  expect(await rest(`DELETE /providers/${name}`)).toEqual(refusal(400, "INVALID_PROVIDER_NAME"));
});

function deep(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

test.each([
  ["nothing", ""],
  ["no JSON", "{"],
  ["null", "null"],
  ["a list", "[]"],
  ["no name", JSON.stringify(ANVIL)],
  ["a name that is a number", JSON.stringify({ name: 7, ...ANVIL })],
  ["a name that is not allowed", JSON.stringify({ name: "A-b", ...ANVIL })],
  ["another kind", JSON.stringify({ name: "a", ...ANVIL, kind: "firehose" })],
  ["no network", JSON.stringify({ name: "a", kind: "evm-rpc", url: ANVIL.url })],
  ["a URL of another protocol", JSON.stringify({ name: "a", ...ANVIL, url: "ftp://x" })],
  ["a limit of 0", JSON.stringify({ name: "a", ...ANVIL, rate_limit_per_minute: 0 })],
  [
    "a limit beyond 2^53",
    `{"name":"a","kind":"evm-rpc","network":"a","url":"http://x","timeout_secs":9007199254740993}`,
  ],
  ["NUL in a text", JSON.stringify({ name: "a", ...ANVIL, note: "\0" })],
  ["half a surrogate pair", `{"name":"a","kind":"evm-rpc","network":"a","url":"http://x","note":"\\ud800"}`],
  ["NUL in a key", JSON.stringify({ name: "a", ...ANVIL, "\0": 1 })],
  ["brackets without an end", "[".repeat(200_000)],
  ["brackets in brackets", `{"name":"a","kind":"evm-rpc","network":"a","url":"http://x","x":${deep(1_000)}}`],
  ["more brackets than the stack holds", `{"name":"a","x":${deep(200_000)}}`],
  ["bytes that are not UTF-8", Uint8Array.from([0x22, 0xff, 0x22])],
])("POST /providers with %s is refused", async (_, body) => {
  const rest = await serve(database());
  expect(await rest("POST /providers", { body })).toEqual(refusal(400, "INVALID_REQUEST_BODY"));
  expect(await database().prisma.provider.count()).toBe(0);
});

test("a body of more than 1 MiB is not taken, and one in another format neither", async () => {
  const rest = await serve(database());
  expect(await rest("POST /providers", { body: " ".repeat(1024 * 1024 + 1) })).toEqual(
    refusal(413, "PAYLOAD_TOO_LARGE"),
  );
  const form = { body: "name=a", headers: { "content-type": "application/x-www-form-urlencoded" } };
  expect(await rest("POST /providers", form)).toEqual(refusal(415, "UNSUPPORTED_MEDIA_TYPE"));
});

test("POST /providers does not take the last provider from a network that an active job needs", async () => {
  await registerProvider(database(), "anvil", ANVIL);
  await deploy(database());
  const rest = await serve(database());
  const body = JSON.stringify({ name: "anvil", ...ANVIL, network: "mainnet" });
  expect(await rest("POST /providers", { body })).toEqual(
    refusal(409, "PROVIDER_IN_USE", expect.stringContaining("'anvil' is the last one of network 'anvil'")),
  );
});
