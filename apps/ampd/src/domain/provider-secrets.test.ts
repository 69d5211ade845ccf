import { expect, test } from "vitest";
import { keepSecrets, publicConfig } from "./provider-secrets.ts";

const MINIMAL = { kind: "evm-rpc", network: "mainnet", url: "https://node.example/rpc" };

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
  [{ headers: { "x-api-key": "hunter2", accept: "json" } }, {}],
  [{ nested: { headers: [["authorization", "Bearer hunter2"]] } }, { nested: {} }],
  [{ jwt: "hunter2", pwd: "hunter2", Cookie: "hunter2", basic: "hunter2", passphrase: "hunter2" }, {}],
  [{ note: "send Bearer hunter2 along" }, { note: "send Bearer *** along" }],
  [{ spare: "https://b.example/v2/hunter2" }, { spare: "https://b.example/v2/***" }],
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

test("an update to another host does not take the secrets along", () => {
  const before = { ...MINIMAL, auth_token: "old" };
  const elsewhere = { ...MINIMAL, url: "https://elsewhere.example/rpc" };
  expect(keepSecrets(before, elsewhere)).toEqual(elsewhere);
  const unencrypted = { ...MINIMAL, url: MINIMAL.url.replace("https:", "http:") };
  expect(keepSecrets(before, unencrypted)).toEqual(unencrypted);
});

test.each([
  { url: "https://me:hunter2@node.example/v3/0123456789abcdef0123?k=hunter2" },
  { url: "https://node.example", fallback: { url: "https://me:hunter2@b.example/" } },
  { headers: { "x-api-key": "hunter2", accept: "json" } },
  { auth_token: "hunter2", auth_header: "x-api-key" },
  { list: [{ token: "hunter2", at: 1 }, "see https://me:hunter2@b.example/a"] },
])("what is shown can be written back, and nothing is lost: %j", (fields) => {
  const before = { ...MINIMAL, ...fields };
  expect(keepSecrets(before, publicConfig(before))).toEqual(before);
});

test("a URL that is not the one that is shown replaces the one that is kept", () => {
  const before = { ...MINIMAL, url: "https://me:hunter2@node.example/rpc" };
  const after = { ...MINIMAL, url: "https://node.example/other" };
  expect(keepSecrets(before, after)).toEqual(after);
});
