import { expect, test } from "vitest";
import { InvalidArgumentError, InvalidProviderNameError } from "./errors.ts";
import { expandSecrets, parseProvider, requireProviderName } from "./provider.ts";

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
  [{ ...MINIMAL, network: "a".repeat(256) }, "provider.network must be a string of 255 characters at most, not"],
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

test.each(["1a", "A", "a-b", "", "ä", "a".repeat(256)])("the name '%s' is refused", (name) => {
  expect(() => requireProviderName(name)).toThrow(InvalidProviderNameError);
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

test.each(["https://node.example/***", "https://node.example/?key=***"])("a mask is not taken for a URL: %s", (url) => {
  expect(() => parseProvider({ ...MINIMAL, url })).toThrow("provider.url must not hold ***");
});

test.each([
  { auth_token: "hunter2\nx" },
  { auth_token: "hunter2\u0001" },
  { auth_token: "hunter2€" },
  { auth_token: " hunter2" },
  { auth_token: "***" },
  { auth_header: "Authorization: Bearer hunter2" },
  { auth_header: "x-hunter2\n" },
])("what no header holds is refused, and not repeated: %j", (changes) => {
  const parse = () => parseProvider({ ...MINIMAL, ...changes });
  expect(parse).toThrow(InvalidArgumentError);
  expect(parse).not.toThrow("hunter2");
});

test("a variable whose value no header holds is refused when it is used, and not repeated", () => {
  const settings = parseProvider({ ...MINIMAL, auth_token: variable("AMP_SECRET_T") });
  const expand = () => expandSecrets(settings, { AMP_SECRET_T: "hunter2\nx" }, () => true);
  expect(expand).toThrow("provider.auth_token must be of visible ASCII characters");
  expect(expand).not.toThrow("hunter2");
});

test.each([`https://${variable("AMP_SECRET_X")}/`, `https://${variable("AMP_SECRET_X")}.evil.example/`])(
  "a host that is no literal is refused when it is registered: %s",
  (url) => {
    expect(() => parseProvider({ ...MINIMAL, url })).toThrow("may not take its host from a variable");
  },
);

test("a refusal does not repeat what is nested in the value", () => {
  const parse = () => parseProvider({ ...MINIMAL, network: { auth_token: "hunter2" } });
  expect(parse).toThrow("not a value of type object");
});
