import { expect, test } from "vitest";
import { deploy, useDatabase } from "../store-fixtures.ts";
import { type GraphqlServer, post, startGraphql } from "./start-graphql.ts";

const PROVIDER = "provider { name kind network config createdAt updatedAt }";
const REGISTER = `mutation ($input: RegisterProviderInput!) { registerProvider(input: $input) {
  __typename ... on RegisterProviderPayload { ${PROVIDER} } ... on Error { code message }
} }`;
const REMOVE = `mutation ($input: RemoveProviderInput!) { removeProvider(input: $input) {
  __typename ... on RemoveProviderPayload { ${PROVIDER} } ... on Error { code message }
} }`;
const SECRETS = ["hunter2", "swordfish", "0123456789abcdef0123", "querykey", "opensesame"];
const CONFIG = {
  kind: "evm-rpc",
  network: "anvil",
  url: "https://user:hunter2@rpc.example.com/v3/0123456789abcdef0123?apikey=querykey",
  auth_token: "swordfish",
  auth_header: "x-auth",
  api_key: "opensesame",
  rpc_batch_size: 5,
};

const database = useDatabase("pglite");

/** The answer, of which no character may be of a secret. */
async function run(graphql: GraphqlServer, query: string, variables: object = {}) {
  const answer = await post(graphql, query, variables);
  for (const secret of SECRETS) expect(answer.text).not.toContain(secret);
  return answer.data ?? {};
}

const register = (graphql: GraphqlServer, name: string, config: unknown) =>
  run(graphql, REGISTER, { input: { name, config } });

test("a provider's secrets are in no answer, whatever is asked", async () => {
  const graphql = await startGraphql(database());
  const shown = {
    kind: "evm-rpc",
    network: "anvil",
    url: "https://rpc.example.com/v3/***?apikey=***",
    auth_header: "x-auth",
    rpc_batch_size: 5,
  };
  const registered = await register(graphql, "main", CONFIG);
  expect(registered).toMatchObject({
    registerProvider: { provider: { name: "main", network: "anvil", config: shown } },
  });
  const all = "{ providers { nodes { name kind network config createdAt updatedAt } } }";
  expect(await run(graphql, all)).toMatchObject({ providers: { nodes: [{ config: shown }] } });
  expect(await run(graphql, '{ provider(name: "main") { config } }')).toEqual({ provider: { config: shown } });
  const { auth_token: _, ...withoutToken } = CONFIG;
  expect(await register(graphql, "main", withoutToken)).toMatchObject({
    registerProvider: { provider: { config: shown } },
  });
  const removed = await run(graphql, REMOVE, { input: { name: "main" } });
  expect(removed).toMatchObject({ removeProvider: { provider: { config: shown } } });
  expect(await run(graphql, '{ provider(name: "main") { config } }')).toEqual({ provider: null });
});

test.each([
  ["Main", CONFIG, "InvalidProviderNameError", "INVALID_PROVIDER_NAME"],
  ["main", { ...CONFIG, url: "hunter2://swordfish" }, "InvalidArgumentError", "INVALID_ARGUMENT"],
  ["main", { ...CONFIG, kind: "firehose" }, "InvalidArgumentError", "INVALID_ARGUMENT"],
  ["main", { ...CONFIG, timeout_secs: 0 }, "InvalidArgumentError", "INVALID_ARGUMENT"],
  ["main", [], "InvalidArgumentError", "INVALID_ARGUMENT"],
  ["main", "https://user:hunter2@rpc.example.com", "InvalidArgumentError", "INVALID_ARGUMENT"],
])("registering %s with %o is refused, without its secrets", async (name, config, type, code) => {
  const graphql = await startGraphql(database());
  expect(await register(graphql, name, config)).toMatchObject({ registerProvider: { __typename: type, code } });
  expect(graphql.logLines).toEqual([]);
});

test("a secret in an operation that cannot be read is not repeated", async () => {
  const graphql = await startGraphql(database());
  const input = { name: 5, config: CONFIG };
  expect(await run(graphql, REGISTER, { input })).toEqual({});
});

test("the last provider of a network that an active job needs stays", async () => {
  const graphql = await startGraphql(database());
  await register(graphql, "main", CONFIG);
  const input = { name: "main" };
  await deploy(database());
  expect(await run(graphql, REMOVE, { input })).toEqual({
    removeProvider: {
      __typename: "ProviderInUseError",
      code: "PROVIDER_IN_USE",
      message: "provider 'main' is the last one of network 'anvil', which an active job needs",
    },
  });
  expect(await register(graphql, "main", { ...CONFIG, network: "mainnet" })).toMatchObject({
    registerProvider: { __typename: "ProviderInUseError", code: "PROVIDER_IN_USE" },
  });
  await register(graphql, "other", CONFIG);
  expect(await run(graphql, REMOVE, { input })).toMatchObject({
    removeProvider: { __typename: "RemoveProviderPayload" },
  });
  expect(await run(graphql, REMOVE, { input })).toMatchObject({
    removeProvider: { __typename: "ProviderNotFoundError", message: "provider 'main' not found" },
  });
});
