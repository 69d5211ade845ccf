import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { JobStatus } from "../../src/domain/job.ts";
import type { Database } from "../../src/store/database.ts";
import { registerDataset } from "../../src/store/dataset.ts";
import { ENDED, moversOf, PAIRS, STATUSES } from "./arrows.ts";

/** Something that the database itself keeps, whoever writes to it; `check` throws when it does not. */
export type GuardRule = { readonly name: string; readonly check: (database: Database) => Promise<void> };

const WITHOUT_MOVE = "version and updated_at change with a move only";
const VERSION_BY_ONE = "a move raises the version by one";

/** Each is tried by hand-written SQL, so that nothing of the store stands between the rule and the trigger. */
export const GUARD_RULES: readonly GuardRule[] = [
  ...PAIRS.map(([from, to]) => moveRule(from, to)),
  ...STATUSES.map(insertRule),
  ...STATUSES.map(deleteRule),
  ...STATUSES.flatMap((status) => [
    refusedUpdate(`a ${status} job cannot get another version without a move`, {
      status,
      set: "version = version + 1",
      because: WITHOUT_MOVE,
    }),
    refusedUpdate(`a ${status} job cannot lose a version without a move`, {
      status,
      set: "version = version - 1",
      because: WITHOUT_MOVE,
    }),
    refusedUpdate(`a ${status} job cannot get another updated_at without a move`, {
      status,
      set: "updated_at = now() + interval '1 hour'",
      because: WITHOUT_MOVE,
    }),
  ]),
  ...["version", "version + 2", "version - 1"].map((version) =>
    refusedUpdate(`a move cannot set the version to ${version}`, {
      status: "SCHEDULED",
      set: `status = 'RUNNING', version = ${version}`,
      because: VERSION_BY_ONE,
    }),
  ),
  {
    name: "everything else changes without a move",
    check: async (database) => {
      const job = await insertJob(database, "SCHEDULED");
      const before = await readJob(database, job);
      await database.prisma.$executeRaw`update job set target_block = 7, failures = 2 where number = ${job}`;
      assert.deepEqual(await readJob(database, job), { ...before, target_block: 7, failures: 2 });
    },
  },
];

function moveRule(from: JobStatus, to: JobStatus): GuardRule {
  const set = `status = '${to}', version = version + 1`;
  if (moversOf(from, to).length === 0) {
    const because = from === to ? WITHOUT_MOVE : `cannot move from ${from} to ${to}`;
    return refusedUpdate(`a job cannot move from ${from} to ${to}`, { status: from, set, because });
  }
  return {
    name: `a job can move from ${from} to ${to}`,
    check: async (database) => {
      const job = await insertJob(database, from);
      const before = await readJob(database, job);
      await database.prisma.$executeRawUnsafe(`update job set ${set} where number = ${job}`);
      assert.deepEqual(await readJob(database, job), { ...before, status: to, version: 2 });
    },
  };
}

function refusedUpdate(
  name: string,
  update: { readonly status: JobStatus; readonly set: string; readonly because: string },
): GuardRule {
  return {
    name,
    check: async (database) => {
      const job = await insertJob(database, update.status);
      const before = await readJob(database, job);
      await expectRefused(database, `update job set ${update.set} where number = ${job}`, update.because);
      assert.deepEqual(await readJob(database, job), before);
    },
  };
}

function insertRule(status: JobStatus): GuardRule {
  const isAllowed = status === "SCHEDULED";
  return {
    name: isAllowed ? "a job starts as SCHEDULED" : `a job cannot start as ${status}`,
    check: async (database) => {
      const name = `eth_${randomUUID()}`;
      const content = { kind: "evm-rpc", network: "anvil", start_block: 0 };
      const { hash } = await registerDataset(database, { namespace: "_", name, manifest: { content } });
      const insert = `insert into job (namespace, name, manifest_hash, status)
        values ('_', '${name}', '${hash}', '${status}')`;
      if (isAllowed) await database.prisma.$executeRawUnsafe(insert);
      else await expectRefused(database, insert, `a job starts as SCHEDULED, not ${status}`);
      assert.equal(await database.prisma.job.count({ where: { name } }), isAllowed ? 1 : 0);
    },
  };
}

function deleteRule(status: JobStatus): GuardRule {
  const isAllowed = ENDED.includes(status);
  return {
    name: `a job that is ${status} ${isAllowed ? "can" : "cannot"} be deleted`,
    check: async (database) => {
      const job = await insertJob(database, status);
      const before = await readJob(database, job);
      const removal = `delete from job where number = ${job}`;
      if (isAllowed) await database.prisma.$executeRawUnsafe(removal);
      else await expectRefused(database, removal, "only an ended job can be removed");
      assert.deepEqual(await readJob(database, job), isAllowed ? undefined : before);
    },
  };
}

async function expectRefused({ prisma }: Database, statement: string, because: string): Promise<void> {
  await assert.rejects(prisma.$executeRawUnsafe(statement), (error: Error) => error.message.includes(because));
}

/** A row that no trigger and no foreign key looked at. */
async function insertJob({ prisma }: Database, status: JobStatus): Promise<bigint> {
  const [, rows] = await prisma.$transaction([
    prisma.$queryRaw`select set_config('session_replication_role', 'replica', true)`,
    prisma.$queryRaw<{ number: bigint }[]>`
      insert into job (namespace, name, manifest_hash, status) values ('_', ${randomUUID()}, '', ${status}::job_status)
      returning number`,
  ]);
  const [row] = rows;
  assert.ok(row);
  return row.number;
}

async function readJob({ prisma }: Database, number: bigint): Promise<Record<string, unknown> | undefined> {
  const [row] = await prisma.$queryRaw<{ job: Record<string, unknown> }[]>`
    select to_jsonb(j) as job from job j where number = ${number}`;
  return row?.job;
}
