import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import {
  ACTOR,
  claim,
  countJobs,
  deploy,
  eventTypes,
  makeJobIn,
  readEverything,
  startJob,
  startWorker,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { InvalidArgumentError, PlanExpiredError, PlanNotFoundError } from "../domain/errors.ts";
import { ENDED_STATUSES, type JobAction } from "../domain/job.ts";
import type { DeployKey } from "./deploy-key.ts";
import { listEvents } from "./event.ts";
import { deployJob, retryJob } from "./job-deploy.ts";
import type { JobFilter } from "./job-filter.ts";
import { planJobs } from "./job-plan.ts";
import { type ApplyRequest, applyPlan } from "./job-plan-apply.ts";
import { findJob, getJob } from "./job-read.ts";
import { removeJob } from "./job-remove.ts";
import { stopJob } from "./job-stop.ts";

/** Who applies need not be the process that planned. */
const APPLIER = { nodeId: "controller-2", name: "alice", requestId: "request-2" };
const BY_PLAN = { nodeId: "controller-2", actor: "alice", requestId: "request-2", reason: "moving house" };

describe.each(DIALECTS)("applying a plan on %s", (dialect) => {
  const database = useDatabase(dialect);

  const plan = async (action: JobAction, filter: JobFilter = {}) =>
    (await planJobs(database(), { action, filter, reason: "moving house" }, ACTOR)).token;
  const apply = (token: string, changes: Partial<ApplyRequest> = {}) =>
    applyPlan(database(), { token, first: 100, stopDeadlineMs: 60_000, ...changes }, APPLIER);

  test("stops what waits at once, and asks the owners of the rest until the deadline", async () => {
    const { job: running } = await startJob(database());
    const waiting = await deploy(database());
    const { outcomes, remaining } = await apply(await plan("STOP"));
    expect(remaining).toBe(0);
    expect(outcomes).toEqual([
      {
        number: running.number,
        outcome: "DONE",
        message: null,
        job: await getJob(database(), running.number),
        newJob: null,
      },
      {
        number: waiting.number,
        outcome: "DONE",
        message: null,
        job: await getJob(database(), waiting.number),
        newJob: null,
      },
    ]);
    const [asked, ended] = outcomes.map(({ job }) => job);
    expect(ended).toMatchObject({ status: "STOPPED", version: waiting.version + 1, finalTables: [] });
    expect(asked).toMatchObject({ status: "STOP_REQUESTED", version: running.version + 1 });
    expect(Number(asked?.stopDeadline) - Number(asked?.stopRequestedAt)).toBe(60_000);
    for (const job of [running, waiting]) {
      const events = await listEvents(database(), { job: job.number });
      expect(events.at(-1)).toMatchObject(BY_PLAN);
    }
  });

  test("removes what ended, and keeps its events and its idempotency key", async () => {
    const key: DeployKey = { key: "mine", input: { dataset: "one" } };
    const { job: failed } = await makeJobIn(database(), "FAILED");
    const { job: keyed } = await deployJob(database(), failed, ACTOR, key);
    await stopJob(database(), { number: keyed.number, deadlineMs: 1 }, ACTOR);
    const { outcomes } = await apply(await plan("REMOVE"));
    const gone = { outcome: "DONE", message: null, job: null, newJob: null };
    expect(outcomes).toEqual([
      { number: failed.number, ...gone },
      { number: keyed.number, ...gone },
    ]);
    expect(await countJobs(database(), {})).toBe(0);
    const events = await listEvents(database(), { job: keyed.number });
    expect(events.map(({ type }) => type)).toEqual(["SCHEDULED", "STOPPED", "REMOVED"]);
    expect(events.at(-1)).toMatchObject({ ...BY_PLAN, detail: { status: "STOPPED" } });
    const again = await deployJob(database(), failed, ACTOR, key);
    expect(again).toMatchObject({ created: false, job: { number: keyed.number, status: "STOPPED" } });
  });

  test("runs again what ended, each as a new job that says which one and why", async () => {
    const settings = { endBlock: "100", parallelism: 3, verify: true, nodeSelector: "eu-*" };
    const first = await deploy(database(), settings);
    await stopJob(database(), { number: first.number, deadlineMs: 1 }, ACTOR);
    const { job: second } = await makeJobIn(database(), "COMPLETED");
    const { outcomes } = await apply(await plan("RETRY"));
    expect(outcomes).toMatchObject([
      { number: first.number, outcome: "DONE", message: null, job: { status: "STOPPED" } },
      { number: second.number, outcome: "DONE", message: null, job: { status: "COMPLETED" } },
    ]);
    const { namespace, name, manifestHash } = first;
    expect(outcomes[0]?.newJob).toMatchObject({
      ...{ namespace, name, manifestHash, ...settings },
      ...{ status: "SCHEDULED", version: 1, attempt: 0, retryOf: first.number },
    });
    expect(outcomes[1]?.newJob).toMatchObject({ name: second.name, retryOf: second.number });
    const number = outcomes[0]?.newJob?.number ?? 0n;
    const [event, ...others] = await listEvents(database(), { job: number });
    expect(others).toEqual([]);
    expect(event).toMatchObject({ type: "SCHEDULED", ...BY_PLAN, namespace, name, detail: { end_block: "100" } });
  });

  test("leaves what changed since as it is, says what is gone, and takes nothing that came later", async () => {
    const worker = await startWorker(database());
    const [claimed, removed, same] = [
      await deploy(database(), { nodeSelector: worker.nodeId }),
      await deploy(database(), { nodeSelector: "none" }),
      await deploy(database(), { nodeSelector: "none" }),
    ];
    const token = await plan("STOP");
    await claim(database(), worker);
    await stopJob(database(), { number: removed.number, deadlineMs: 1 }, ACTOR);
    await removeJob(database(), { number: removed.number }, ACTOR);
    const later = await deploy(database(), { nodeSelector: "none" });
    const running = await getJob(database(), claimed.number);
    expect((await apply(token)).outcomes).toMatchObject([
      {
        number: claimed.number,
        outcome: "CHANGED",
        message: `job '${claimed.number}' has changed since it was planned`,
        job: running,
        newJob: null,
      },
      {
        number: removed.number,
        outcome: "GONE",
        message: `job '${removed.number}' was removed since it was planned`,
        job: null,
      },
      { number: same.number, outcome: "DONE", job: { status: "STOPPED" } },
    ]);
    expect(await getJob(database(), claimed.number)).toEqual(running);
    expect(await getJob(database(), later.number)).toEqual(later);
    expect(await eventTypes(database(), removed.number)).toEqual(["SCHEDULED", "STOPPED", "REMOVED"]);
  });

  test.each(["RETRY", "REMOVE"] as const)("to %s says so of jobs that are gone", async (action) => {
    const { job } = await makeJobIn(database(), "FAILED");
    const token = await plan(action);
    await removeJob(database(), { number: job.number }, ACTOR);
    const before = await readEverything(database());
    expect((await apply(token)).outcomes).toMatchObject([
      { number: job.number, outcome: "GONE", job: null, newJob: null },
    ]);
    expect(await readEverything(database())).toEqual(before);
  });

  test.each([
    ["an equal job is there", {}, "UNCHANGED", async () => {}],
    ["a job with another end is there", { endBlock: "7" }, "REFUSED", async () => {}],
    ["a job with another selector is there", { nodeSelector: "eu-*" }, "REFUSED", async () => {}],
    [
      "an equal job is stopping",
      {},
      "REFUSED",
      (number: bigint) => stopJob(database(), { number, deadlineMs: 60_000 }, ACTOR),
    ],
  ] as const)("runs nothing again when %s by then, as a single retry does not", async (_, changes, outcome, change) => {
    const { job, worker } = await makeJobIn(database(), "FAILED");
    const token = await plan("RETRY");
    const { job: active } = await deployJob(database(), { ...job, ...changes }, ACTOR);
    if (!("nodeSelector" in changes)) await claim(database(), worker);
    await change(active.number);
    const before = await readEverything(database());
    const single = await retryJob(database(), { number: job.number }, ACTOR).then(
      () => `job '${active.number}' does the same already`,
      ({ message }: Error) => message,
    );
    expect((await apply(token)).outcomes).toEqual([
      {
        number: job.number,
        outcome,
        message: single,
        job,
        newJob: await getJob(database(), active.number),
      },
    ]);
    expect(await readEverything(database())).toEqual(before);
  });

  test("goes on behind the last batch, whoever got its answer, and ends with nothing", async () => {
    const jobs = [];
    for (let index = 0; index < 5; index += 1) jobs.push((await deploy(database())).number);
    const token = await plan("STOP");
    const batches = [];
    for (let index = 0; index < 4; index += 1) batches.push(await apply(token, { first: 2 }));
    expect(batches.map(({ remaining }) => remaining)).toEqual([3, 1, 0, 0]);
    expect(batches.map(({ outcomes }) => outcomes.map(({ number }) => number))).toEqual([
      jobs.slice(0, 2),
      jobs.slice(2, 4),
      jobs.slice(4),
      [],
    ]);
    expect(await database().prisma.jobEvent.count({ where: { type: "STOPPED" } })).toBe(5);
  });

  test.each(["STOP", "RETRY", "REMOVE"] as const)(
    "to %s by several at once deals with each job once",
    async (action) => {
      const numbers = [];
      for (let index = 0; index < 12; index += 1) {
        const { number } = await deploy(database());
        if (action !== "STOP") await stopJob(database(), { number, deadlineMs: 1 }, ACTOR);
        numbers.push(number);
      }
      const token = await plan(action);
      const batches = await Promise.all(Array.from({ length: 6 }, () => apply(token, { first: 3 })));
      const outcomes = batches.flatMap((batch) => batch.outcomes);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(12).fill("DONE"));
      expect(outcomes.map(({ number }) => number).toSorted((a, b) => Number(a - b))).toEqual(numbers);
      expect(batches.map(({ remaining }) => remaining).toSorted((a, b) => b - a)).toEqual([9, 6, 3, 0, 0, 0]);
      const counts = { STOP: 12, RETRY: 24, REMOVE: 0 };
      expect(await countJobs(database(), {})).toBe(counts[action]);
      expect(await countJobs(database(), { statuses: ["SCHEDULED"] })).toBe(action === "RETRY" ? 12 : 0);
      const event = { STOP: "STOPPED", RETRY: "SCHEDULED", REMOVE: "REMOVED" } as const;
      expect(await database().prisma.jobEvent.count({ where: { type: event[action], requestId: "request-2" } })).toBe(
        12,
      );
    },
  );

  test("of two plans with the same jobs leaves to the second what the first did not", async () => {
    const { job } = await startJob(database());
    const [first, second] = [await plan("STOP"), await plan("STOP")];
    expect((await apply(first)).outcomes).toMatchObject([{ outcome: "DONE" }]);
    expect((await apply(second)).outcomes).toMatchObject([{ outcome: "CHANGED", job: { status: "STOP_REQUESTED" } }]);
    expect(await eventTypes(database(), job.number)).toEqual(["SCHEDULED", "RUNNING", "STOP_REQUESTED"]);
  });

  test("ends in the middle when the time of the plan is over", async () => {
    await deploy(database(), { nodeSelector: "nobody" });
    const { job } = await startJob(database());
    const token = await plan("STOP");
    expect(await apply(token, { first: 1 })).toMatchObject({ remaining: 1 });
    await database().prisma.$executeRaw`update job_plan set expires_at = now()`;
    const before = await readEverything(database());
    await expect(apply(token)).rejects.toThrow(PlanExpiredError);
    expect(await readEverything(database())).toEqual(before);
    expect(await getJob(database(), job.number)).toEqual(job);
  });

  test("is refused to others than the one who planned, and for a token that nobody has", async () => {
    const waiting = await deploy(database());
    const token = await plan("STOP");
    const request = { token, first: 1, stopDeadlineMs: 1 };
    for (const name of ["bob", null]) {
      await expect(applyPlan(database(), request, { ...APPLIER, name })).rejects.toThrow(new PlanNotFoundError(token));
    }
    await expect(apply("0197b3a0-0000-7000-8000-000000000009")).rejects.toThrow(PlanNotFoundError);
    expect(await getJob(database(), waiting.number)).toEqual(waiting);
  });

  test.each([-1, 0, 501])("in a batch of %d jobs is refused", async (first) => {
    const waiting = await deploy(database());
    const token = await plan("STOP");
    await expect(apply(token, { first })).rejects.toThrow(
      new InvalidArgumentError(`first must be from 1 to 500, not ${first}`),
    );
    expect(await getJob(database(), waiting.number)).toEqual(waiting);
  });

  test("fails as a whole: what the database refuses of one job is done to none, and comes again", async () => {
    const first = await deploy(database());
    const last = await deploy(database());
    const token = await plan("STOP");
    const { prisma } = database();
    await prisma.$executeRawUnsafe(
      `alter table job add constraint job_test check (number <> ${last.number} or status = 'SCHEDULED')`,
    );
    const refused = await apply(token).catch((error: Error) => error);
    await prisma.$executeRaw`alter table job drop constraint job_test`;
    expect(refused).toBeInstanceOf(Error);
    expect(await getJob(database(), first.number)).toEqual(first);
    expect(await apply(token)).toMatchObject({ outcomes: [{ outcome: "DONE" }, { outcome: "DONE" }], remaining: 0 });
  });

  test("leaves an active job that a plan to remove knew as ended, under another number, alone", async () => {
    const { job } = await makeJobIn(database(), "FAILED");
    const token = await plan("REMOVE", { statuses: ENDED_STATUSES });
    const { job: next } = await retryJob(database(), { number: job.number }, ACTOR);
    expect((await apply(token)).outcomes).toMatchObject([{ number: job.number, outcome: "DONE" }]);
    expect(await findJob(database(), job.number)).toBeUndefined();
    expect(await getJob(database(), next.number)).toEqual(next);
  });
});
