import { expect } from "vitest";
import { JOB_STATUSES, type JobStatus } from "../../../src/domain/job.ts";
import type { Database } from "../../../src/store/database.ts";
import {
  beginStopping,
  completeJob,
  failJob,
  finishStopping,
  handOver,
  type Ownership,
  scheduleRetry,
} from "../../../src/store/job-own.ts";
import { stopJob } from "../../../src/store/job-stop.ts";
import { reapJobs } from "../../../src/store/reaper.ts";
import { openSegment, publishSegment } from "../../../src/store/segment.ts";
import { writeManyJobs } from "../../many-jobs.ts";
import {
  ACTOR,
  claim,
  deploy,
  expireLease,
  FAILURE,
  fileOf,
  publish,
  startWorker,
  type TestWorker,
  takeAll,
} from "../../store-fixtures.ts";
import type { Bindings } from "./pattern.ts";

export type Stage = {
  readonly database: Database;
  readonly bindings: Bindings;
  /** Only where the transcript says that it goes. */
  readonly cutDatabase?: () => void;
  /** Of the job that was claimed last. */
  owner?: Ownership;
};

/** It needs a database that can be cut off. */
export const DATABASE_GONE = "the database is gone";

const BEYOND_2_53 = 9_007_199_254_740_993n;

/** States that a transcript begins with, or comes to by what is not done over REST; each binds what it makes. */
export const SETUPS: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  "nothing is there": async () => {},
  "the next job is number 9007199254740993": async ({ database }) => {
    await database.prisma.$executeRaw`select setval(pg_get_serial_sequence('job', 'number'), ${BEYOND_2_53}, false)`;
  },
  "a job in each status": async (stage) => {
    for (const status of JOB_STATUSES) await makeJob(stage, status);
  },
  "1060 jobs, of which the last 50 run": ({ database }) => writeManyJobs(database, 1_060),
  "a job of _/eth runs": (stage) => startJobOf(stage, "eth"),
  "a job of _/base runs": (stage) => startJobOf(stage, "base"),
  "a job of _/polygon runs": (stage) => startJobOf(stage, "polygon"),
  "a job of _/gnosis runs": (stage) => startJobOf(stage, "gnosis"),
  "its tables have blocks 0 to 19 in two files each": async (stage) => {
    const owner = ownerOf(stage);
    const tables = await takeAll(stage.database, owner, ["blocks", "logs"]);
    await publish(stage.database, owner, { tables, span: { start: 0, end: 9 } });
    await publish(stage.database, owner, { tables, span: { start: 10, end: 19 } });
  },
  "the first file of its table has blocks 5 to 9": async (stage) => {
    const owner = ownerOf(stage);
    const tables = await takeAll(stage.database, owner, ["blocks"]);
    await publish(stage.database, owner, { tables, span: { start: 5, end: 9 } });
  },
  "its table has a block and a size beyond 2^53": async (stage) => {
    await publishLargeFile(stage.database, ownerOf(stage));
  },
  "it waits for another attempt": async (stage) => {
    const failure = { ...FAILURE, attempt: 1 };
    await scheduleRetry(stage.database, ownerOf(stage), { actor: ACTOR, failure, delayMs: 60_000, counted: true });
  },
  "it failed at block 10 in its third attempt": async (stage) => {
    const causes = ["endpoint http://one answered 502", "fetch failed", "ECONNRESET"];
    await failJob(stage.database, ownerOf(stage), ACTOR, { ...FAILURE, attempt: 3, causes });
  },
  "its worker dies, and the reaper gives it up": async (stage) => {
    await expireLease(stage.database, ownerOf(stage));
    await reapJobs(stage.database, { maxAttempts: 1 }, ACTOR);
  },
  "the token of the provider one is still hunter2": async ({ database }) => {
    const row = await database.prisma.provider.findUnique({ where: { name: "one" } });
    expect(row?.config).toMatchObject({ auth_token: "hunter2" });
  },
  "the workers w1 and w-2.example_a": async ({ database }) => {
    await startWorker(database, "w1");
    await startWorker(database, "w-2.example_a");
  },
  "the worker w1 claims the job that waits": async (stage) => {
    await claimJob(stage, await startWorker(stage.database, "w1"), "claimed");
  },
  "its owner hands it over": async (stage) => {
    await handOver(stage.database, ownerOf(stage), ACTOR);
  },
  "its owner stops": async (stage) => {
    await beginStopping(stage.database, ownerOf(stage), ACTOR);
  },
  "its owner has stopped": async (stage) => {
    await finishStopping(stage.database, ownerOf(stage), { actor: ACTOR });
  },
  "its owner completes it": async (stage) => {
    await completeJob(stage.database, ownerOf(stage), ACTOR);
  },
  [DATABASE_GONE]: async ({ cutDatabase }) => cutDatabase?.(),
};

/** A file of which nothing is as small as 2^53. */
export async function publishLargeFile(
  database: Database,
  owner: Ownership,
): Promise<{ readonly start: bigint; readonly end: bigint; readonly sizeBytes: bigint }> {
  const [table] = await takeAll(database, owner, ["blocks"]);
  if (table === undefined) throw new Error("the table was taken");
  const { file } = fileOf(table, { start: 0, end: 0 }, 0n);
  const times = await openSegment(database, owner, [{ tableId: table.id, name: file.name }]);
  const large = { start: BEYOND_2_53, end: BEYOND_2_53 + 2n, sizeBytes: BEYOND_2_53 + 4n };
  const published = { ...file, ...large, createdAtNs: times.get(table.id) ?? 0n };
  await publishSegment(database, owner, [{ table, startBlock: BEYOND_2_53, file: published }]);
  return large;
}

/** A job of the dataset `_/<status>`; what is not SCHEDULED has or had the worker `worker-<status>`. */
async function makeJob(stage: Stage, status: JobStatus): Promise<void> {
  const { database, bindings } = stage;
  const name = status.toLowerCase();
  if (status === "SCHEDULED") {
    const { number } = await deploy(database, { name, nodeSelector: "nobody" });
    bindings.set("job scheduled", String(number));
    return;
  }
  await startJobOf(stage, name);
  await move(database, ownerOf(stage), status);
}

async function startJobOf(stage: Stage, name: string): Promise<void> {
  const worker = await startWorker(stage.database, `worker-${name}`);
  await deploy(stage.database, { name, nodeSelector: worker.nodeId });
  await claimJob(stage, worker, name);
}

async function claimJob(stage: Stage, worker: TestWorker, name: string): Promise<void> {
  const { job, owner } = await claim(stage.database, worker);
  stage.bindings.set(`job ${name}`, String(job.number));
  stage.owner = owner;
}

async function move(database: Database, owner: Ownership, status: Exclude<JobStatus, "SCHEDULED">): Promise<void> {
  if (status === "COMPLETED") await completeJob(database, owner, ACTOR);
  if (status === "FAILED") await failJob(database, owner, ACTOR, FAILURE);
  if (!["STOP_REQUESTED", "STOPPING", "STOPPED"].includes(status)) return;
  await stopJob(database, { number: owner.job, deadlineMs: 60_000 }, ACTOR);
  if (status === "STOP_REQUESTED") return;
  await beginStopping(database, owner, ACTOR);
  if (status === "STOPPED") await finishStopping(database, owner, { actor: ACTOR });
}

function ownerOf({ owner }: Stage): Ownership {
  if (owner === undefined) throw new Error("no job was claimed before");
  return owner;
}
