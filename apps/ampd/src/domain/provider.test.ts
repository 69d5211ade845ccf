import { expect, test } from "vitest";
import { InvalidArgumentError, InvalidProviderNameError } from "./errors.ts";
import { expandSecrets, keepSecrets, parseProvider, publicConfig, requireProviderName } from "./provider.ts";

/** As a provider names a variable: `${NAME}`. */
const variable = (name: string) => `\${${name}}`;

const MINIMAL = { kind: "evm-rpc", network: "mainnet", url: "https://node.example/rpc" };

test("every field of the contract is read", () => {
  const config = {
    ...MINIMAL,
    auth_token: "t",
    auth_header: "x-api-key",
    rate_limit_per_minute: 600,
    concurrent_request_limit: 8,
    rpc_batch_size: 20,
    fetch_receipts_per_tx: true,
    timeout_secs: 15,
    note: "kept",
  };
  expect(parseProvider(config)).toEqual({
    network: "mainnet",
    url: "https://node.example/rpc",
    authToken: "t",
    authHeader: "x-api-key",
    requestsPerMinute: 600,
    concurrency: 8,
    batchSize: 20,
    receiptsPerTransaction: true,
    timeoutSeconds: 15,
  });
});

test.each([
  [{ ...MINIMAL, kind: "ipfs" }, 'provider.kind must be "evm-rpc"'],
  [{ ...MINIMAL, url: "ftp://node.example" }, "provider.url must be an absolute http, https, ws or wss URL"],
  [{ ...MINIMAL, url: "user:secret@node" }, "provider.url must be an absolute"],
  [{ ...MINIMAL, timeout_secs: 0 }, "provider.timeout_secs must be an integer from 1, not 0"],
  [{ ...MINIMAL, rpc_batch_size: "10" }, 'provider.rpc_batch_size must be an integer from 1, not "10"'],
])("%j is refused", (config, message) => {
  expect(() => parseProvider(config)).toThrow(InvalidArgumentError);
  expect(() => parseProvider(config)).toThrow(message);
});

test.each([
  { url: "ftp://user:hunter2@node" },
  { url: { href: "hunter2" } },
  { url: ["https://hunter2@node"] },
  { auth_token: { value: "hunter2" } },
  { auth_header: ["hunter2"] },
])("a refused secret is not repeated (%#)", (changes) => {
  const parse = () => parseProvider({ ...MINIMAL, ...changes });
  expect(parse).toThrow(InvalidArgumentError);
  expect(parse).not.toThrow("hunter2");
});

test.each(["1a", "A", "a-b", "", "ä"])("the name '%s' is refused", (name) => {
  expect(() => requireProviderName(name)).toThrow(InvalidProviderNameError);
});

test("what is shown holds no token, credentials or keys, and keeps the rest", () => {
  const shown = publicConfig({
    ...MINIMAL,
    url: "https://user:hunter2@node.example/v3/0123456789abcdef0123?apikey=hunter3#hunter4",
    auth_token: "hunter5",
    auth_header: "x-api-key",
    my_secret: "hunter6",
    timeout_secs: 3,
    note: "kept",
  });
  expect(JSON.stringify(shown)).not.toContain("hunter");
  expect(shown).toEqual({
    kind: "evm-rpc",
    network: "mainnet",
    url: "https://node.example/v3/***?apikey=***",
    auth_header: "x-api-key",
    timeout_secs: 3,
    note: "kept",
  });
});

test.each([
  [{ fallback: { url: "https://user:hunter2@b.example/rpc" } }, { fallback: { url: "https://b.example/rpc" } }],
  [{ headers: { "x-api-key": "hunter2", accept: "json" } }, { headers: { accept: "json" } }],
  [{ list: [{ auth: { token: "hunter2" } }, { password: "hunter2" }, 7, null] }, { list: [{}, {}, 7, null] }],
  [{ deep: [[{ secrets: ["hunter2"] }]] }, { deep: [[{}]] }],
  [{ urls: ["wss://hunter2@a.example/?k=hunter2", "plain"] }, { urls: ["wss://a.example/?k=***", "plain"] }],
  [{ proxy: "socks5://me:hunter2@proxy:1080" }, { proxy: "socks5://proxy:1080" }],
  [{ store: "postgres://me:hunter2@db/x?password=hunter2" }, { store: "postgres://db/x?password=***" }],
  [{ other: "https:me:hunter2@b.example" }, { other: "https://b.example/" }],
  [{ other: "HTTPS:\\\\me:hunter2@b.example" }, { other: "https://b.example/" }],
  [{ note: "see https://me:hunter2@b.example/a, or ask" }, { note: "see https://b.example/a, or ask" }],
  [{ both: "https://a.example,https://me:hunter2@b.example" }, { both: "https://a.example,https//***" }],
  [{ callback: "https://b.example/?hunter2&a=hunter2" }, { callback: "https://b.example/?***&a=***" }],
  [{ broken: "https://hunter2:x y" }, { broken: "*** y" }],
  [{ fallback: { url: "me:hunter2@nowhere" } }, { fallback: { url: "***" } }],
])("what is shown holds no secret at any depth: %j", (fields, shown) => {
  expect(publicConfig({ ...MINIMAL, ...fields })).toEqual({ ...MINIMAL, ...shown });
});

test("text that only resembles a URL is shown as it is", () => {
  const note = { note: "todo: ask // later", version: "1:2", path: "/a/b", nested: { time: "10:30" } };
  expect(publicConfig({ ...MINIMAL, ...note })).toEqual({ ...MINIMAL, ...note });
});

test("an update that leaves a secret out keeps it; one that gives it replaces it; other fields are replaced as a whole", () => {
  const before = { ...MINIMAL, auth_token: "old", note: "old" };
  expect(keepSecrets(before, MINIMAL)).toEqual({ ...MINIMAL, auth_token: "old" });
  expect(keepSecrets(before, { ...MINIMAL, auth_token: "new" })).toEqual({ ...MINIMAL, auth_token: "new" });
});

test("a variable is expanded in the token and in the URL behind a literal host", () => {
  const settings = parseProvider({
    ...MINIMAL,
    url: `https://node.example/${variable("AMP_SECRET_KEY")}`,
    auth_token: variable("AMP_SECRET_T"),
  });
  const expanded = expandSecrets(settings, { AMP_SECRET_KEY: "k", AMP_SECRET_T: "t" }, (name) =>
    name.startsWith("AMP_SECRET_"),
  );
  expect(expanded).toMatchObject({ url: "https://node.example/k", authToken: "t" });
});

test("an update to another host does not take the secrets along", () => {
  const before = { ...MINIMAL, auth_token: "old" };
  const elsewhere = { ...MINIMAL, url: "https://elsewhere.example/rpc" };
  expect(keepSecrets(before, elsewhere)).toEqual(elsewhere);
});

test.each([
  `https:${variable("AMP_SECRET_X")}.evil.example/`,
  ` https://${variable("AMP_SECRET_X")}.evil.example/`,
  `https:\\\\${variable("AMP_SECRET_X")}.evil.example/`,
  `https://good.example${variable("AMP_SECRET_X")}/`,
])("no spelling of the URL takes the host from a variable: %s", (url) => {
  const expand = () => expandSecrets(parseProvider({ ...MINIMAL, url }), { AMP_SECRET_X: "hunter2" }, () => true);
  expect(expand).toThrow("may not take its host from a variable");
});

test("a provider cannot send the environment away", () => {
  const may = (name: string) => name.startsWith("AMP_SECRET_");
  const environment = { HOME: "/root", AMP_SECRET_HOST: "evil.example" };
  const expand = (changes: object) => () => expandSecrets(parseProvider({ ...MINIMAL, ...changes }), environment, may);
  expect(expand({ auth_token: variable("HOME") })).toThrow('a provider may not read the variable "HOME"');
  expect(expand({ auth_token: variable("AMP_SECRET_NONE") })).toThrow(
    'the variable "AMP_SECRET_NONE" of a provider is not set',
  );
  expect(expand({ url: `https://${variable("AMP_SECRET_HOST")}/x` })).toThrow("may not take its host from a variable");
  expect(expand({ url: `https://node.example:80${variable("AMP_SECRET_HOST")}/x` })).toThrow();
});
