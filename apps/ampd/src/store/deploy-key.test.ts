import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { ACTOR, claim, countJobs, makeDeployment, startWorker, useDatabase } from "../../test/store-fixtures.ts";
import { parseDatasetReference } from "../domain/dataset-reference.ts";
import {
  ActiveJobConflictError,
  DatasetNotFoundError,
  IdempotencyConflictError,
  JobConflictError,
  JobStoppingError,
} from "../domain/errors.ts";
import type { Database } from "./database.ts";
import { registerDataset } from "./dataset.ts";
import { listEvents } from "./event.ts";
import { type DeployRequest, deployDataset, deployJob } from "./job-deploy.ts";
import { completeJob } from "./job-own.ts";
import { findJob, getJob } from "./job-read.ts";
import { pruneJobs, removeJob } from "./job-remove.ts";
import type { JobRow } from "./job-row.ts";
import { stopJob } from "./job-stop.ts";

const KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324";

/** Registers a manifest of its own as the latest version of `_/eth`. */
async function release(database: Database, version: string, name = "eth"): Promise<string> {
  const content = { kind: "evm-rpc", network: "anvil", start_block: Number(version.split(".")[0]) };
  const { hash } = await registerDataset(database, { namespace: "_", name, version, manifest: { content } });
  return hash;
}

const requestOf = (changes: Partial<DeployRequest> = {}): DeployRequest => ({
  reference: parseDatasetReference("_/eth@latest"),
  endBlock: "100",
  parallelism: 2,
  verify: false,
  nodeSelector: null,
  idempotencyKey: KEY,
  ...changes,
});

const stop = (database: Database, { number }: JobRow) => stopJob(database, { number, deadlineMs: 60_000 }, ACTOR);
const remove = (database: Database, { number }: JobRow) => removeJob(database, { number }, ACTOR);
const prune = (database: Database) =>
  pruneJobs(database, { statuses: ["COMPLETED", "STOPPED", "FAILED"], dryRun: false }, ACTOR);

describe.each(DIALECTS)("an idempotency key on %s", (dialect) => {
  const database = useDatabase(dialect);

  const deploy = (changes: Partial<DeployRequest> = {}) => deployDataset(database(), requestOf(changes), ACTOR);

  /** Moves the removal of every job into the past. */
  const age = (interval: string) =>
    database().prisma.$executeRawUnsafe(`update deploy_key set removed_at = removed_at - interval '${interval}'`);

  test("makes a job at first, and answers with it from then on", async () => {
    await release(database(), "1.0.0");
    const { job, created } = await deploy();
    expect(created).toBe(true);
    expect(job).toMatchObject({ namespace: "_", name: "eth", endBlock: "100", parallelism: 2, status: "SCHEDULED" });
    expect(await getJob(database(), job.number)).toEqual(job);
    expect(await deploy()).toEqual({ job, created: false });
    expect(await countJobs(database(), {})).toBe(1);
    expect(await listEvents(database(), { job: job.number })).toHaveLength(1);
  });

  test("answers with its job although the reference means another manifest by now", async () => {
    const hash = await release(database(), "1.0.0");
    const { job } = await deploy();
    await release(database(), "2.0.0");
    expect(await deploy()).toEqual({ job, created: false });
    expect(job.manifestHash).toBe(hash);
    expect(await countJobs(database(), {})).toBe(1);
  });

  test("answers with its job as it is: running, and also when it has ended", async () => {
    await release(database(), "1.0.0");
    await deploy();
    const { owner, job } = await claim(database(), await startWorker(database()));
    expect(await deploy()).toEqual({ job, created: false });
    await stop(database(), job);
    expect(await deploy()).toMatchObject({ job: { number: job.number, status: "STOP_REQUESTED" }, created: false });
    const ended = await completeJob(database(), owner, ACTOR);
    expect(await deploy()).toEqual({ job: ended, created: false });
    expect(await deploy({ idempotencyKey: "another" })).toMatchObject({ created: true });
    expect(await deploy()).toEqual({ job: ended, created: false });
  });

  test.each([
    ["removed", (job: JobRow) => remove(database(), job)],
    ["pruned", () => prune(database())],
  ])("answers for a day with a job that was %s, as it was then", async (_, take) => {
    await release(database(), "1.0.0");
    await deploy();
    const { owner } = await claim(database(), await startWorker(database()));
    const job = await completeJob(database(), owner, ACTOR);
    await take(job);
    expect(await findJob(database(), job.number)).toBeUndefined();
    expect(await deploy()).toEqual({ job, created: false });
    await age("23 hours 59 minutes");
    expect(await deploy()).toEqual({ job, created: false });
    await expect(deploy({ endBlock: "7" })).rejects.toThrow(IdempotencyConflictError);
    expect(await countJobs(database(), {})).toBe(0);
  });

  test("is free a day after its job was removed, for any input", async () => {
    await release(database(), "1.0.0");
    const { job } = await deploy();
    await remove(database(), (await stop(database(), job)).job);
    await age("24 hours");
    const next = await deploy({ endBlock: "7" });
    expect(next).toMatchObject({ created: true, job: { endBlock: "7" } });
    expect(next.job.number).toBeGreaterThan(job.number);
    expect(await deploy({ endBlock: "7" })).toEqual({ job: next.job, created: false });
    await expect(deploy()).rejects.toThrow(IdempotencyConflictError);
    await remove(database(), (await stop(database(), next.job)).job);
    expect(await deploy({ endBlock: "7" })).toMatchObject({ job: { number: next.job.number }, created: false });
  });

  test.each([
    { reference: parseDatasetReference("_/eth@1.0.0") },
    { reference: parseDatasetReference("_/other@latest") },
    { endBlock: null },
    { endBlock: "latest" },
    { parallelism: 3 },
    { verify: true },
    { nodeSelector: "eu-*" },
  ] satisfies Partial<DeployRequest>[])("is refused with other input: %j", async (difference) => {
    for (const name of ["eth", "other"]) await release(database(), "1.0.0", name);
    const { job } = await deploy();
    await expect(deploy(difference)).rejects.toThrow(IdempotencyConflictError);
    await expect(deploy(difference)).rejects.toThrow(`'${KEY}'`);
    expect(await deploy()).toEqual({ job, created: false });
    expect(await countJobs(database(), {})).toBe(1);
  });

  test("is bound to an equal job that is active already", async () => {
    await release(database(), "1.0.0");
    const { job } = await deploy({ idempotencyKey: undefined });
    expect(await deploy()).toEqual({ job, created: false });
    expect(await deploy({ idempotencyKey: "second" })).toEqual({ job, created: false });
    const { job: stopped } = await stop(database(), job);
    await remove(database(), stopped);
    expect(await deploy()).toEqual({ job: stopped, created: false });
    expect(await deploy({ idempotencyKey: "second" })).toEqual({ job: stopped, created: false });
  });

  test("that was free is bound to an equal job that is active already", async () => {
    await release(database(), "1.0.0");
    await remove(database(), (await stop(database(), (await deploy()).job)).job);
    await age("25 hours");
    const { job } = await deploy({ idempotencyKey: undefined });
    expect(await deploy()).toEqual({ job, created: false });
    expect(await stop(database(), job)).toMatchObject({ changed: true });
    expect(await deploy()).toMatchObject({ job: { number: job.number, status: "STOPPED" }, created: false });
  });

  test("of a deploy that was refused stays free", async () => {
    await expect(deploy()).rejects.toThrow(DatasetNotFoundError);
    await release(database(), "1.0.0");
    const { job } = await deploy({ idempotencyKey: undefined, endBlock: "1" });
    await expect(deploy()).rejects.toThrow(ActiveJobConflictError);
    await claim(database(), await startWorker(database()));
    await stop(database(), job);
    await expect(deploy({ endBlock: "1" })).rejects.toThrow(JobStoppingError);
    expect(await database().prisma.deployKey.count()).toBe(0);
  });

  test("of a deploy whose dataset is gone at the last moment stays free", async () => {
    const deployment = { ...(await makeDeployment(database())), manifestHash: "0".repeat(64) };
    const key = { key: KEY, input: {} };
    await expect(deployJob(database(), deployment, ACTOR, key)).rejects.toThrow(DatasetNotFoundError);
    expect(await database().prisma.deployKey.count()).toBe(0);
    expect(await countJobs(database(), {})).toBe(0);
  });

  test.each([2, 12])("sent %i times at once makes one job, and all get it", async (times) => {
    await release(database(), "1.0.0");
    const answers = await Promise.all(Array.from({ length: times }, () => deploy()));
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(answers.map(({ job }) => job.number)).size).toBe(1);
    expect(await countJobs(database(), {})).toBe(1);
    expect(await database().prisma.jobEvent.count()).toBe(1);
  });

  test("sent at once with two inputs makes one job, and refuses the other input", async () => {
    for (const name of ["eth", "other"]) await release(database(), "1.0.0", name);
    const references = ["_/eth", "_/other"].flatMap((text) => Array.from({ length: 6 }, () => text));
    const answers = await Promise.allSettled(
      references.map((text) => deploy({ reference: parseDatasetReference(text) })),
    );
    expect(await countJobs(database(), {})).toBe(1);
    const refused = answers.filter((answer) => answer.status === "rejected");
    expect(refused.map(({ reason }) => reason)).toEqual(Array(6).fill(expect.any(IdempotencyConflictError)));
  });

  test("sent at once, while the reference begins to mean another manifest, makes one job", async () => {
    const hashes = [await release(database(), "1.0.0"), await release(database(), "2.0.0")];
    const { reference: _, idempotencyKey: __, ...settings } = requestOf();
    const key = { key: KEY, input: { dataset: "_/eth@latest", ...settings } };
    const answers = await Promise.all(
      [...hashes, ...hashes].map((manifestHash) =>
        deployJob(database(), { namespace: "_", name: "eth", manifestHash, ...settings }, ACTOR, key),
      ),
    );
    expect(new Set(answers.map(({ job }) => job.number)).size).toBe(1);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(await countJobs(database(), {})).toBe(1);
  });

  test("and others, sent at once for equal jobs, get one job, and keep it", async () => {
    await release(database(), "1.0.0");
    const keys = Array.from({ length: 8 }, (_, n) => `key-${n}`);
    const answers = await Promise.all(keys.map((idempotencyKey) => deploy({ idempotencyKey })));
    expect(new Set(answers.map(({ job }) => job.number)).size).toBe(1);
    const { job } = await stop(database(), (await deploy()).job);
    for (const idempotencyKey of keys) expect(await deploy({ idempotencyKey })).toEqual({ job, created: false });
  });

  test("that meets the end and the removal of its job at once never loses it", async () => {
    await release(database(), "1.0.0");
    for (let round = 0; round < 15; round += 1) {
      const idempotencyKey = `key-${round}`;
      const { job } = await deploy({ idempotencyKey: undefined });
      const [answer] = await Promise.allSettled([
        deploy({ idempotencyKey }),
        stop(database(), job).then((stopped) => remove(database(), stopped.job)),
      ]);
      if (answer.status === "rejected") expect(answer.reason).toBeInstanceOf(JobConflictError);
      else {
        const again = await deploy({ idempotencyKey });
        expect(again).toMatchObject({ created: false, job: { number: answer.value.job.number } });
      }
      await stop(database(), (await deploy({ idempotencyKey: undefined })).job);
      await prune(database());
    }
  });
});

describe("an idempotency key on PostgreSQL", () => {
  const database = useDatabase("postgres");

  /** Sessions that wait for another one's lock. */
  async function countWaiting(): Promise<number> {
    const [row] = await database().prisma.$queryRaw<{ count: bigint }[]>`
      select count(*) as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    return Number(row?.count ?? 0n);
  }

  test("keeps its job active until it has it: what ends and removes the job then sees the key", async () => {
    await release(database(), "1.0.0");
    const { job } = await deployDataset(database(), requestOf({ idempotencyKey: undefined }), ACTOR);
    const letGo = Promise.withResolvers<void>();
    const rival = database().prisma.$transaction(
      async (session) => {
        await session.$executeRaw`insert into deploy_key (key, input, job_number) values (${KEY}, '{}', 0)`;
        await letGo.promise;
        throw new Error("the rival gives up");
      },
      { timeout: 30_000 },
    );
    await expect
      .poll(
        () => database().prisma.$queryRaw`select from pg_locks where mode = 'RowExclusiveLock'
      and relation = 'deploy_key'::regclass`,
      )
      .toHaveLength(1);
    const deploying = deployDataset(database(), requestOf(), ACTOR);
    await expect.poll(countWaiting).toBe(1);
    let isRemoved = false;
    const removing = stop(database(), job)
      .then((stopped) => remove(database(), stopped.job))
      .then((removed) => {
        isRemoved = removed;
      });
    await expect.poll(async () => isRemoved || (await countWaiting()) === 2).toBe(true);
    letGo.resolve();
    await expect(rival).rejects.toThrow("gives up");
    expect(await deploying).toEqual({ job, created: false });
    await removing;
    expect(isRemoved).toBe(true);
    const again = await deployDataset(database(), requestOf(), ACTOR);
    expect(again).toMatchObject({ job: { number: job.number, status: "STOPPED" }, created: false });
  });
});
