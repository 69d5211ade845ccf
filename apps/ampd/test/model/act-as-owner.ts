import { randomUUID } from "node:crypto";
import {
  beginStopping,
  completeJob,
  failJob,
  finishStopping,
  fixTargetBlock,
  handOver,
  type Ownership,
  scheduleRetry,
} from "../../src/store/job-own.ts";
import { publishSegment } from "../../src/store/segment.ts";
import { takeTables } from "../../src/store/table.ts";
import { FAILURE, open } from "../store-fixtures.ts";
import type { Command } from "./command.ts";
import { NODES, SLOT_BLOCKS } from "./state.ts";
import { ownershipOf, type World } from "./world.ts";

const RETRY_DELAY_MS = 3_600_000;

/** What an attempt writes for its job, whether it still owns it or not. */
export async function actAsOwner(
  world: World,
  command: Extract<Command, { readonly owner: unknown }>,
): Promise<string> {
  const { database } = world;
  const owner = ownershipOf(world, command.owner);
  const actor = {
    nodeId: NODES[world.nodes[command.owner.incarnation] ?? -1] ?? "",
    name: null,
    requestId: null,
  };
  switch (command.kind) {
    case "take":
      await take(world, owner);
      return "done";
    case "fixTarget":
      return `target ${await fixTargetBlock(database, owner, BigInt(command.block))}`;
    case "begin":
      await beginStopping(database, owner, actor);
      return "done";
    case "finish":
      await finishStopping(database, owner, { actor, ...(command.failed ? { failure: FAILURE } : {}) });
      return "done";
    case "complete":
      await completeJob(database, owner, actor);
      return "done";
    case "fail":
      await failJob(database, owner, actor, FAILURE);
      return "done";
    case "handOver":
      await handOver(database, owner, actor);
      return "done";
    case "retryLater": {
      const retry = { actor, failure: FAILURE, delayMs: RETRY_DELAY_MS, counted: command.counted };
      await scheduleRetry(database, owner, retry);
      return "done";
    }
    case "open":
      world.segments.push(await openSlot(world, owner, command.slot));
      return "done";
    case "publish":
      await publishSegment(database, owner, world.segments[command.segment] ?? []);
      return "done";
  }
}

async function take(world: World, owner: Ownership): Promise<void> {
  const [table] = await takeTables(world.database, owner, {
    storeId: world.storeId,
    tables: [{ name: "blocks", revision: randomUUID() }],
  });
  if (table !== undefined) world.tables.set(table.name, table);
}

async function openSlot(world: World, owner: Ownership, slot: number) {
  const job = await world.database.prisma.job.findUniqueOrThrow({ where: { number: owner.job } });
  const table = world.tables.get(job.name);
  if (table === undefined) throw new Error(`nobody took the tables of ${job.name}`);
  const start = slot * SLOT_BLOCKS;
  return open(world.database, owner, { tables: [table], span: { start, end: start + SLOT_BLOCKS - 1 } });
}
