import { expect, test } from "vitest";
import type { JobAction } from "../../src/domain/job.ts";
import { listEvents } from "../../src/store/event.ts";
import { deployJob } from "../../src/store/job-deploy.ts";
import { getJob } from "../../src/store/job-read.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import { ACTOR, deploy, makeJobIn, readEverything, startJob, useDatabase } from "../store-fixtures.ts";
import { mutate, refusal } from "./mutate.ts";
import { type GraphqlServer, type Json, startGraphql } from "./start-graphql.ts";

const database = useDatabase("pglite");

const plan = (graphql: GraphqlServer, input: object) =>
  mutate(
    graphql,
    "planJobs",
    { reason: "moving house", ...input },
    `plan {
      token action expiresAt total countsByStatus { status count } sample { number }
      skipped { reason count sample { number status } }
    }`,
  );

const apply = (graphql: GraphqlServer, input: object) =>
  mutate(
    graphql,
    "applyPlan",
    input,
    "outcomes { number outcome message job { number status } newJob { number retryOf } } remaining",
  );

const tokenOf = (answer: Json) => answer.plan?.token;

async function planAll(graphql: GraphqlServer, action: JobAction) {
  return { token: tokenOf(await plan(graphql, { action, filter: {} })) };
}

test("a plan says what it takes and what it leaves out, and changes nothing", async () => {
  const graphql = await startGraphql(database());
  const { job: running } = await startJob(database());
  const { job: stopping } = await makeJobIn(database(), "STOP_REQUESTED");
  const { job: ended } = await makeJobIn(database(), "FAILED");
  const before = await readEverything(database());
  const answer = await plan(graphql, { action: "STOP", filter: {} });
  expect(await readEverything(database())).toEqual(before);
  expect(answer).toMatchObject({
    plan: {
      action: "STOP",
      total: 1,
      countsByStatus: [{ status: "RUNNING", count: 1 }],
      sample: [{ number: String(running.number) }],
      skipped: [
        { reason: "ALREADY_ENDED", count: 1, sample: [{ number: String(ended.number), status: "FAILED" }] },
        {
          reason: "ALREADY_STOPPING",
          count: 1,
          sample: [{ number: String(stopping.number), status: "STOP_REQUESTED" }],
        },
      ],
    },
  });
  const inMinutes = (Date.parse(String(answer.plan?.expiresAt)) - Date.now()) / 60_000;
  expect(Math.round(inMinutes)).toBe(15);
});

test("a plan takes the jobs of the whole filter", async () => {
  const graphql = await startGraphql(database());
  const { job } = await makeJobIn(database(), "FAILED");
  await makeJobIn(database(), "FAILED");
  for (const filter of [
    { dataset: `_/${job.name}` },
    { nodeId: job.nodeId },
    { status: ["FAILED"], nodeId: job.nodeId },
  ]) {
    const answer = await plan(graphql, { action: "REMOVE", filter });
    expect(answer).toMatchObject({ plan: { total: 1, sample: [{ number: String(job.number) }] } });
  }
});

test("a plan is applied batch by batch, and each event says who, why and by which request", async () => {
  const graphql = await startGraphql(database(), { services: { stopDeadlineMs: 5_000 } });
  const { job: running } = await startJob(database());
  const waiting = await deploy(database());
  const input = { ...(await planAll(graphql, "STOP")), first: 1 };
  expect(await apply(graphql, input)).toMatchObject({
    outcomes: [{ number: String(running.number), outcome: "DONE", message: null, job: { status: "STOP_REQUESTED" } }],
    remaining: 1,
  });
  expect(await apply(graphql, input)).toMatchObject({
    outcomes: [{ number: String(waiting.number), outcome: "DONE", job: { status: "STOPPED" }, newJob: null }],
    remaining: 0,
  });
  expect(await apply(graphql, input)).toMatchObject({ outcomes: [], remaining: 0 });
  const job = await getJob(database(), running.number);
  expect(Number(job.stopDeadline) - Number(job.stopRequestedAt)).toBe(5_000);
  const requests = new Set<string | null>();
  for (const { number } of [running, waiting]) {
    const event = (await listEvents(database(), { job: number })).at(-1);
    expect(event).toMatchObject({ nodeId: "controller-1", actor: null, reason: "moving house" });
    requests.add(event?.requestId ?? null);
  }
  expect(requests.size).toBe(2);
  expect(requests).not.toContain(null);
});

test("a plan to run jobs again answers with the new ones, or with those that are there", async () => {
  const graphql = await startGraphql(database());
  const { job } = await makeJobIn(database(), "FAILED");
  const { job: other } = await makeJobIn(database(), "FAILED");
  const input = await planAll(graphql, "RETRY");
  const { job: active } = await deployJob(database(), { ...other, endBlock: "7" }, ACTOR);
  expect(await apply(graphql, input)).toMatchObject({
    outcomes: [
      { number: String(job.number), outcome: "DONE", newJob: { retryOf: String(job.number) } },
      {
        number: String(other.number),
        outcome: "REFUSED",
        message: expect.stringContaining(`active job '${active.number}' with other settings`),
        newJob: { number: String(active.number), retryOf: null },
      },
    ],
    remaining: 0,
  });
});

test("a plan to remove says of each job that it is gone, or that it changed", async () => {
  const graphql = await startGraphql(database());
  const first = await deploy(database());
  const input = await planAll(graphql, "STOP");
  await stopJob(database(), { number: first.number, deadlineMs: 1 }, ACTOR);
  expect(await apply(graphql, input)).toMatchObject({
    outcomes: [{ outcome: "CHANGED", message: expect.stringContaining("has changed"), job: { status: "STOPPED" } }],
  });
  expect(await apply(graphql, await planAll(graphql, "REMOVE"))).toMatchObject({
    outcomes: [{ number: String(first.number), outcome: "DONE", job: null }],
  });
  expect(await database().prisma.job.count()).toBe(0);
});

test("a plan that nobody has, that is over, or that asks for too much is refused", async () => {
  const graphql = await startGraphql(database());
  await deploy(database());
  const unknown = "0197b3a0-0000-7000-8000-000000000009";
  expect(await apply(graphql, { token: unknown })).toEqual(
    refusal("PlanNotFoundError", "PLAN_NOT_FOUND", `plan '${unknown}' not found`),
  );
  const input = await planAll(graphql, "STOP");
  expect(await apply(graphql, { ...input, first: 501 })).toEqual(
    refusal("InvalidArgumentError", "INVALID_ARGUMENT", "first must be from 1 to 500, not 501"),
  );
  await database().prisma.jobPlan.updateMany({ data: { actor: "alice" } });
  expect(await apply(graphql, input)).toMatchObject({ __typename: "PlanNotFoundError" });
  const expiresAt = new Date("2026-01-02T03:04:05.678Z");
  await database().prisma.jobPlan.updateMany({ data: { actor: null, expiresAt } });
  expect(await apply(graphql, input)).toEqual(
    refusal(
      "PlanExpiredError",
      "PLAN_EXPIRED",
      `plan '${input.token}' expired at 2026-01-02T03:04:05.678Z: plan again`,
    ),
  );
  expect(await plan(graphql, { action: "STOP", filter: { dataset: "_/none" } })).toMatchObject({
    __typename: "DatasetNotFoundError",
  });
  expect(await database().prisma.job.count({ where: { status: "SCHEDULED" } })).toBe(1);
});
