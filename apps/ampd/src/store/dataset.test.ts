import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { useDatabase } from "../../test/store-fixtures.ts";
import { type DatasetReference, parseDatasetReference } from "../domain/dataset-reference.ts";
import { DatasetNotFoundError, InvalidManifestError, ManifestNotFoundError } from "../domain/errors.ts";
import { getDataset, getManifest, registerDataset, resolveDataset } from "./dataset.ts";
import { pageDatasets } from "./dataset-read.ts";

const MANIFEST = { kind: "evm-rpc", network: "anvil", start_block: 0 };
const UNKNOWN_HASH = "f".repeat(64);

describe.each(DIALECTS)("datasets on %s", (dialect) => {
  const database = useDatabase(dialect);

  const register = (content: unknown, version?: string, name = "eth") =>
    registerDataset(database(), { namespace: "_", name, version, manifest: { content } });
  const resolve = (reference: string) => resolveDataset(database(), parseDatasetReference(reference));
  const startingAt = (start_block: number) => ({ ...MANIFEST, start_block });

  test("are addressed by the SHA-256 of the manifest's canonical JSON", async () => {
    const { hash } = await register({ start_block: 0, network: "anvil", kind: "evm-rpc" });
    const canonical = '{"kind":"evm-rpc","network":"anvil","start_block":0}';
    expect(hash).toBe(createHash("sha256").update(canonical).digest("hex"));
  });

  test("with the same manifest in another order of keys, at any depth, share one hash and one row", async () => {
    const one = await register({ ...MANIFEST, tables: { logs: { a: 1, b: [{ c: 1, d: 2 }] }, blocks: {} } });
    const other = await register(
      {
        tables: { blocks: {}, logs: { b: [{ d: 2, c: 1 }], a: 1 } },
        start_block: 0,
        network: "anvil",
        kind: "evm-rpc",
      },
      undefined,
      "other",
    );
    expect(other.hash).toBe(one.hash);
    expect(await database().prisma.manifest.count()).toBe(1);
    expect((await register(startingAt(1))).hash).not.toBe(one.hash);
  });

  test("say what was read from the manifest, and keep the fields that are not understood", async () => {
    const content = { ...startingAt(7), finalized_blocks_only: true, tables: { logs: {} }, extra: { x: 1.5 } };
    const { hash } = await register(content, "1.0.0");
    const row = await getManifest(database(), hash);
    expect(row).toEqual({
      kind: "evm-rpc",
      network: "anvil",
      startBlock: 7n,
      finalizedBlocksOnly: true,
      tables: ["logs"],
      hash,
      content,
    });
    expect(await resolve("_/eth@1.0.0")).toEqual(row);
  });

  test("with a manifest that says nothing to extract are refused, and nothing is kept", async () => {
    await expect(register({ ...MANIFEST, kind: "solana" }, "1.0.0")).rejects.toThrow(InvalidManifestError);
    expect(await pageDatasets(database(), { limit: 100 })).toEqual([]);
    expect(await database().prisma.manifest.count()).toBe(0);
  });

  test.each([
    [["1.9.0", "1.10.0"], "1.10.0"],
    [["1.10.0", "1.9.0"], "1.10.0"],
    [["1.0.0", "1.0.0-rc.1"], "1.0.0"],
    [["1.0.0-rc.2", "1.0.0-rc.10", "1.0.0-beta.99"], "1.0.0-rc.10"],
    [["0.9.9", "1.0.0-alpha"], "1.0.0-alpha"],
    [["10.0.0", "9.0.0", "2.0.0"], "10.0.0"],
  ])("of the versions %j have %s as latest", async (versions, latest) => {
    for (const [index, version] of versions.entries()) await register(startingAt(index), version);
    const expected = BigInt(versions.indexOf(latest));
    expect((await resolve("_/eth@latest")).startBlock).toBe(expected);
    expect((await resolve("_/eth")).startBlock).toBe(expected);
    expect((await getDataset(database(), { namespace: "_", name: "eth" })).versions[0]?.version).toBe(latest);
  });

  test("whose versions differ in their build alone have one latest, whatever the order of registration", async () => {
    for (const [name, builds] of [
      ["one", ["1.0.0+a", "1.0.0+b"]],
      ["two", ["1.0.0+b", "1.0.0+a"]],
    ] as const) {
      for (const build of builds) await register(MANIFEST, build, name);
    }
    const [one, two] = await pageDatasets(database(), { limit: 100 });
    const versions = (dataset: typeof one) => dataset?.versions.map(({ version }) => version);
    expect(versions(one)).toEqual(versions(two));
  });

  test("move dev with every registration, and latest with a higher version only", async () => {
    const first = await register(startingAt(1), "2.0.0");
    const second = await register(startingAt(2));
    expect((await resolve("_/eth@dev")).hash).toBe(second.hash);
    expect((await resolve("_/eth@latest")).hash).toBe(first.hash);
    const third = await register(startingAt(3), "1.0.0");
    expect((await resolve("_/eth@dev")).hash).toBe(third.hash);
    expect((await resolve("_/eth@latest")).hash).toBe(first.hash);
    await register(startingAt(1));
    expect((await resolve("_/eth@dev")).hash).toBe(first.hash);
  });

  test("are found by version and by hash, but not by the hash of another dataset's manifest", async () => {
    const { hash } = await register(startingAt(1), "1.0.0");
    await register(startingAt(2), "2.0.0");
    const { hash: foreign } = await register(startingAt(3), "1.0.0", "other");
    expect((await resolve("_/eth@1.0.0")).hash).toBe(hash);
    expect((await resolve(`_/eth@${hash}`)).hash).toBe(hash);
    await expect(resolve(`_/eth@${foreign}`)).rejects.toThrow(DatasetNotFoundError);
  });

  test.each(["_/eth@3.0.0", `_/eth@${UNKNOWN_HASH}`, "_/none@dev", "none/eth@dev"])(
    "do not know %s",
    async (reference) => {
      await register(MANIFEST, "1.0.0");
      await expect(resolve(reference)).rejects.toThrow(DatasetNotFoundError);
    },
  );

  test("without a version have no latest", async () => {
    await register(MANIFEST);
    const reference: DatasetReference = { namespace: "_", name: "eth", revision: { kind: "latest" } };
    await expect(resolveDataset(database(), reference)).rejects.toThrow("dataset '_/eth@latest' not found");
  });

  test("take a manifest by its hash, when somebody registered it", async () => {
    const { hash } = await register(startingAt(5));
    const given = { namespace: "_", name: "copy", version: "1.0.0", manifest: { hash } };
    expect(await registerDataset(database(), given)).toMatchObject({ hash, startBlock: 5n });
    expect((await resolve("_/copy@latest")).hash).toBe(hash);
    const unknown = registerDataset(database(), { namespace: "_", name: "bad", manifest: { hash: UNKNOWN_HASH } });
    await expect(unknown).rejects.toThrow(ManifestNotFoundError);
    expect((await pageDatasets(database(), { limit: 100 })).map(({ name }) => name)).toEqual(["copy", "eth"]);
  });

  test("registered many times at once are registered once", async () => {
    const rows = await Promise.all(Array.from({ length: 12 }, () => register(MANIFEST, "1.0.0")));
    expect(new Set(rows.map(({ hash }) => hash)).size).toBe(1);
    expect(await pageDatasets(database(), { limit: 100 })).toMatchObject([
      { name: "eth", versions: [{ version: "1.0.0" }] },
    ]);
  });
});
