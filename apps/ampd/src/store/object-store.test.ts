import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { STORE, startWorker, useDatabase } from "../../test/store-fixtures.ts";
import { addFirstStore, confirmStore, listStores, recordStore } from "./object-store.ts";

describe.each(DIALECTS)("the stores that %s knows", (dialect) => {
  const database = useDatabase(dialect);

  const add = (location: string, isMarked = false) => {
    const id = randomUUID();
    return addFirstStore(database(), { id, location, isMarked }).then(() => id);
  };
  const ids = async () => (await listStores(database())).map(({ id }) => id);
  const age = (seconds: number) =>
    database().prisma.$executeRaw`update object_store set created_at = now() - ${seconds} * interval '1 second'`;

  test("begin with one that waits for its marker", async () => {
    const id = await add("/a");
    expect(await listStores(database())).toEqual([{ id, location: "/a", isMarked: false, isOverdue: false }]);
    expect(await confirmStore(database(), id)).toBe(true);
    expect(await confirmStore(database(), id)).toBe(true);
    expect(await listStores(database())).toMatchObject([{ id, isMarked: true }]);
  });

  test("begin with one whose marker lies there already", async () => {
    const id = await add("/a", true);
    expect(await listStores(database())).toMatchObject([{ id, isMarked: true }]);
  });

  test.each([true, false])("stay one, whoever is first of many at once (marked: %s)", async (isMarked) => {
    const made = await Promise.all(Array.from({ length: 8 }, (_, index) => add(`/${index % 2}`, isMarked)));
    const known = await ids();
    expect(known).toHaveLength(1);
    expect(made).toContain(known[0]);
  });

  test("allow one without a marker, whatever inserts it", async () => {
    await add("/a");
    const second = database().prisma.objectStore.create({ data: { id: randomUUID(), location: "/b" } });
    await expect(second).rejects.toThrow("Unique constraint failed");
  });

  test("forget one that was never marked, long after, for another place or a marker that is there", async () => {
    const mistake = await add("/mistake");
    await add("/b");
    await age(599);
    await add("/b");
    expect(await ids()).toEqual([mistake]);
    await age(601);
    await add("/mistake");
    expect(await ids()).toEqual([mistake]);
    const right = await add("/b");
    expect(await ids()).toEqual([right]);
    expect(await confirmStore(database(), mistake)).toBe(false);
    await age(601);
    const adopted = await add("/b", true);
    expect(await ids()).toEqual([adopted]);
    await age(601);
    await add("/c", true);
    expect(await ids()).toEqual([adopted]);
  });

  test("are overdue when they have no marker after a while", async () => {
    await add("/a");
    await age(9);
    expect(await listStores(database())).toMatchObject([{ isOverdue: false }]);
    await age(11);
    expect(await listStores(database())).toMatchObject([{ isOverdue: true }]);
  });

  test("are told of a worker by its own process only", async () => {
    const { nodeId, incarnation } = await startWorker(database());
    const seen = async () => (await database().prisma.worker.findFirstOrThrow()).storeId;
    await recordStore(database(), { nodeId, incarnation }, STORE.id);
    expect(await seen()).toBe(STORE.id);
    await recordStore(database(), { nodeId, incarnation: randomUUID() }, null);
    expect(await seen()).toBe(STORE.id);
    await recordStore(database(), { nodeId, incarnation }, null);
    expect(await seen()).toBeNull();
  });
});
