import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { createMigratedDatabase } from "../../test/databases.ts";
import { ACTOR, makeDeployment } from "../../test/store-fixtures.ts";
import { openDatabase } from "../store/database.ts";
import { readLog } from "../store/event-log.ts";
import { deployJob } from "../store/job-deploy.ts";
import { createLog } from "../telemetry/log.ts";
import { EventLog } from "./event-log.ts";
import type { LogItem } from "./log-reader.ts";

const WRITERS = 16;
const MOVES_PER_WRITER = 20;
const MAX_HOLD_MS = 20;

/** The moves of `moveJobs`, in a transaction of another program that takes its time to commit. */
const MOVE = `
  with moved as (
    update job set status = $2::job_status, version = version + 1, updated_at = now() where number = $1 returning *
  )
  insert into job_event (job_number, type, node_id) select number, $2::job_status::text::job_event_type, 'slow' from moved`;

test("a reader that keeps coming back sees exactly the log, however slow the transactions are that write it", async () => {
  const url = await createMigratedDatabase();
  const database = await openDatabase({ kind: "postgres", url });
  onTestFinished(() => database.close());
  const settings = { database, log: createLog({ level: "silent" }), maxSubscribers: 10, windowSize: 20, pageSize: 7 };
  // Two controllers: a cursor of one is good at the other.
  const logs = await Promise.all([EventLog.open(settings), EventLog.open(settings)]);
  onTestFinished(async () => {
    await Promise.all(logs.map((log) => log.close()));
  });

  const runWriter = async () => {
    const { job } = await deployJob(database, await makeDeployment(database), ACTOR);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    let [from, to] = ["SCHEDULED", "RUNNING"];
    for (let move = 0; move < MOVES_PER_WRITER; move += 1) {
      const isKept = Math.random() < 0.9;
      await client.query("begin");
      await client.query(MOVE, [String(job.number), to]);
      await sleep(Math.random() * MAX_HOLD_MS);
      await client.query(isKept ? "commit" : "rollback");
      if (isKept) [from, to] = [to, from];
    }
    await client.end();
  };

  const seen: bigint[] = [];
  /** What readers of old cursors were given. */
  const again: { readonly after: bigint; readonly given: readonly bigint[] }[] = [];
  let wanted = Number.POSITIVE_INFINITY;
  /** Breaks off after a while, also in the middle of a page. */
  const readSome = async (items: AsyncIterable<LogItem>, given: bigint[]) => {
    let left = 1 + Math.floor(Math.random() * 30);
    for await (const item of items) {
      if (item.kind === "lagged") throw new Error("nothing was dropped");
      if (item.kind === "event") given.push(item.event.sequence);
      left -= 1;
      if (left === 0 || seen.length >= wanted) return;
    }
  };
  const follow = async () => {
    for (let turn = 0; seen.length < wanted; turn += 1) {
      const log = logs[turn % logs.length] ?? expect.unreachable();
      await readSome(await log.follow({ after: seen.at(-1) ?? 0n }), seen);
      const after = seen[Math.floor(Math.random() * seen.length)] ?? 0n;
      const given: bigint[] = [];
      again.push({ after, given });
      if (after < (seen.at(-40) ?? 0n)) await readSome(await log.follow({ after }), given);
    }
  };
  const reading = follow();
  await Promise.all(Array.from({ length: WRITERS }, runWriter));
  const { events } = await readLog(database, { after: 0n, limit: 100_000 });
  wanted = events.length;
  // Those who wait at the end for more are woken by one more event.
  await database.prisma.$executeRaw`insert into job_event (job_number, type, node_id) values (1, 'REORG', 'last')`;
  await reading;
  expect(events.length).toBeGreaterThan(WRITERS * MOVES_PER_WRITER * 0.7);
  expect(seen.slice(0, events.length)).toEqual(events.map(({ sequence }) => sequence));
  for (const { after, given } of again) {
    const start = seen.indexOf(after) + 1;
    expect(given).toEqual(seen.slice(start, start + given.length));
  }
  expect(again.some(({ given }) => given.length > 7)).toBe(true);
});
