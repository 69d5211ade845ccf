import { describe, expect, onTestFinished, test, vi } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { ACTOR, databaseNow, deploy, makeJobIn, useDatabase } from "../../test/store-fixtures.ts";
import {
  InvalidArgumentError,
  InvalidProviderNameError,
  ProviderInUseError,
  ProviderNotFoundError,
} from "../domain/errors.ts";
import { ENDED_STATUSES, OWNED_STATUSES } from "../domain/job.ts";
import { stopJob } from "./job-stop.ts";
import { findProvider, listProviders, registerProvider, removeProvider } from "./provider.ts";

const FIELDS = { kind: "evm-rpc", network: "anvil", url: "https://user:pass@rpc.example/v3/secret-key" };

const MOVED = { ...FIELDS, network: "mainnet" };

describe.each(DIALECTS)("providers on %s", (dialect) => {
  const database = useDatabase(dialect);

  const register = (name: string, fields: Record<string, unknown> = FIELDS) =>
    registerProvider(database(), name, fields);

  test("keep every field as registered, understood or not", async () => {
    const config = { ...FIELDS, auth_token: "t", rate_limit_per_minute: 60, extra: { a: [1, null] } };
    const row = await register("one", config);
    expect(row).toMatchObject({ name: "one", kind: "evm-rpc", network: "anvil", config });
    expect(await findProvider(database(), "one")).toEqual(row);
  });

  test("are replaced whole, but for the secrets that an update leaves out", async () => {
    const before = await register("one", { ...FIELDS, auth_token: "t", api_key: "k", timeout_secs: 5 });
    const after = await register("one", { ...FIELDS, network: "mainnet", api_key: "new" });
    expect(after.config).toEqual({ ...FIELDS, network: "mainnet", auth_token: "t", api_key: "new" });
    expect(after).toMatchObject({ network: "mainnet", createdAt: before.createdAt });
    expect(await listProviders(database())).toEqual([after]);
  });

  test("are listed by name, all or those of a network", async () => {
    await register("b");
    await register("a", { ...FIELDS, network: "mainnet" });
    await register("c");
    const names = async (filter?: { network: string }) =>
      (await listProviders(database(), filter)).map(({ name }) => name);
    expect(await names()).toEqual(["a", "b", "c"]);
    expect(await names({ network: "anvil" })).toEqual(["b", "c"]);
    expect(await names({ network: "none" })).toEqual([]);
  });

  test.each([
    ["kind", "solana"],
    ["network", ""],
    ["network", 7],
    ["url", undefined],
    ["url", "rpc.example/secret-key"],
    ["url", "ftp://rpc.example/secret-key"],
    ["auth_token", ""],
    ["auth_header", 1],
    ["rate_limit_per_minute", 0],
    ["rate_limit_per_minute", "60"],
    ["concurrent_request_limit", 1.5],
    ["rpc_batch_size", -1],
    ["timeout_secs", 2 ** 31],
    ["fetch_receipts_per_tx", "yes"],
  ])("with a bad %s (%j) are refused by its name, and the URL is not repeated", async (field, value) => {
    const refusal = register("one", { ...FIELDS, [field]: value });
    await expect(refusal).rejects.toThrow(InvalidArgumentError);
    await expect(refusal).rejects.toThrow(`provider.${field} must be`);
    await expect(refusal).rejects.not.toThrow("secret-key");
    expect(await listProviders(database())).toEqual([]);
  });

  test.each(["", "One", "1one", "a-b", "a/b"])("named %j are refused", async (name) => {
    await expect(register(name)).rejects.toThrow(InvalidProviderNameError);
  });

  test("that are not there cannot be read or removed", async () => {
    expect(await findProvider(database(), "none")).toBeUndefined();
    await expect(removeProvider(database(), "none")).rejects.toThrow(ProviderNotFoundError);
  });

  test.each(["SCHEDULED", ...OWNED_STATUSES] as const)("stay while a %s job needs the last one", async (status) => {
    await makeJobIn(database(), status);
    await register("one");
    await expect(removeProvider(database(), "one")).rejects.toThrow(ProviderInUseError);
    const second = await register("two");
    expect(await removeProvider(database(), "two")).toEqual(second);
    expect((await listProviders(database())).map(({ name }) => name)).toEqual(["one"]);
  });

  test.each(ENDED_STATUSES)("go, the last of their network too, when every job is %s", async (status) => {
    await makeJobIn(database(), status);
    const one = await register("one");
    expect(await removeProvider(database(), "one")).toEqual(one);
  });

  test("of a network that no active job needs go, whatever jobs of other networks do", async () => {
    const { number } = await deploy(database());
    const one = await register("one", { ...FIELDS, network: "mainnet" });
    expect(await removeProvider(database(), "one")).toEqual(one);
    await register("two");
    await expect(removeProvider(database(), "two")).rejects.toThrow("network 'anvil'");
    await stopJob(database(), { number, deadlineMs: 1 }, ACTOR);
    await removeProvider(database(), "two");
  });

  test("registered at once, each with another secret, keep all of them", async () => {
    await register("one");
    const secrets = Array.from({ length: 6 }, (_, n) => [`api_key_${n}`, `k${n}`] as const);
    await Promise.all(secrets.map(([field, value]) => register("one", { ...FIELDS, [field]: value })));
    const stored = await findProvider(database(), "one");
    expect(stored?.config).toEqual({ ...FIELDS, ...Object.fromEntries(secrets) });
  });

  test("first registered at once, each with another secret, keep all of them", async () => {
    const secrets = Array.from({ length: 6 }, (_, n) => [`api_key_${n}`, `k${n}`] as const);
    await Promise.all(secrets.map(([field, value]) => register("one", { ...FIELDS, [field]: value })));
    const stored = await findProvider(database(), "one");
    expect(stored?.config).toEqual({ ...FIELDS, ...Object.fromEntries(secrets) });
  });

  test.each(["SCHEDULED", ...OWNED_STATUSES] as const)(
    "do not leave a network by an update while a %s job needs the last one",
    async (status) => {
      await makeJobIn(database(), status);
      const one = await register("one");
      await expect(register("one", MOVED)).rejects.toThrow(ProviderInUseError);
      await expect(register("one", MOVED)).rejects.toThrow("'one' is the last one of network 'anvil'");
      expect(await findProvider(database(), "one")).toEqual(one);
      expect(await register("one", { ...FIELDS, timeout_secs: 5 })).toMatchObject({ network: "anvil" });
      await register("two");
      expect(await register("one", MOVED)).toMatchObject({ network: "mainnet" });
    },
  );

  test.each(ENDED_STATUSES)("leave a network by an update when every job of it is %s", async (status) => {
    await makeJobIn(database(), status);
    await register("one");
    expect(await register("one", { ...FIELDS, network: "mainnet" })).toMatchObject({ network: "mainnet" });
  });

  test.each([
    ["removed", (name: string) => removeProvider(database(), name)],
    ["moved to other networks", (name: string) => register(name, { ...FIELDS, network: `of_${name}` })],
    ["removed and moved", (name: string) => (name < "m" ? removeProvider(database(), name) : register(name, MOVED))],
  ])("that are %s all at once leave one of a network that an active job needs", async (_, leave) => {
    await deploy(database());
    const names = ["a", "c", "n", "z"];
    for (const name of names) await register(name);
    const outcomes = await Promise.allSettled(names.map(leave));
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused.map(({ reason }) => reason)).toEqual([expect.any(ProviderInUseError)]);
    expect(await listProviders(database(), { network: "anvil" })).toHaveLength(1);
  });

  test("registered many times at once under one name are one", async () => {
    await Promise.all(Array.from({ length: 8 }, () => register("one")));
    expect(await listProviders(database())).toHaveLength(1);
  });
});

// PGlite lives in the process and shares its clock.
describe("a provider that is registered by a process whose clock is an hour ahead", () => {
  const database = useDatabase("postgres");

  test("has the database's time", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
    onTestFinished(() => void vi.useRealTimers());
    await registerProvider(database(), "one", FIELDS);
    const { createdAt, updatedAt } = await registerProvider(database(), "one", FIELDS);
    const now = await databaseNow(database());
    expect(createdAt.getTime()).toBeLessThanOrEqual(now);
    expect(updatedAt.getTime()).toBeLessThanOrEqual(now);
    expect(updatedAt.getTime()).toBeGreaterThanOrEqual(createdAt.getTime());
  });
});
