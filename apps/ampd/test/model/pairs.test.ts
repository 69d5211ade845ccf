import { describe, expect, test } from "vitest";
import { OwnershipLostError } from "../../src/domain/errors.ts";
import { retryJob } from "../../src/store/job-deploy.ts";
import { completeJob } from "../../src/store/job-own.ts";
import { findJob, getJob } from "../../src/store/job-read.ts";
import { pruneJobs } from "../../src/store/job-remove.ts";
import { reapJobs } from "../../src/store/reaper.ts";
import { publishSegment } from "../../src/store/segment.ts";
import { listFiles } from "../../src/store/table-file.ts";
import { DIALECTS } from "../databases.ts";
import {
  ACTOR,
  countJobs,
  eventTypes,
  expireLease,
  makeJobIn,
  open,
  startJob,
  takeAll,
  useDatabase,
} from "../store-fixtures.ts";
import { ENDED } from "./arrows.ts";

const ROUNDS = 10;
const REAPER = { nodeId: "reaper", name: null, requestId: null };

describe.each(DIALECTS)("at the same instant on %s", (dialect) => {
  const database = useDatabase(dialect);

  const reap = () => reapJobs(database(), { maxAttempts: 10 }, REAPER);

  /** Which of two came first; both orders, so that neither always does. */
  async function both<A, B>(round: number, first: () => Promise<A>, second: () => Promise<B>) {
    if (round % 2 === 0) return Promise.allSettled([first(), second()]);
    const [b, a] = await Promise.allSettled([second(), first()]);
    return [a, b] as const;
  }

  test("a reaper and a late owner that completes: one of them has the job, and the other changes nothing", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { owner, worker } = await startJob(database());
      await expireLease(database(), worker);
      const [completed] = await both(round, () => completeJob(database(), owner, ACTOR), reap);
      await reap();
      const isLate = completed.status === "rejected";
      if (isLate) expect(completed.reason).toBeInstanceOf(OwnershipLostError);
      expect(await eventTypes(database(), owner.job)).toEqual(
        isLate ? ["SCHEDULED", "RUNNING", "LEASE_EXPIRED", "SCHEDULED"] : ["SCHEDULED", "RUNNING", "COMPLETED"],
      );
      // Nobody claims it in the next round.
      if (isLate)
        await database().prisma.$executeRaw`update job set node_selector = 'nobody' where number = ${owner.job}`;
    }
  });

  test("a reaper and a late owner that publishes: the segment is whole or not there, and the job is taken either way", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { owner, worker } = await startJob(database());
      const tables = await takeAll(database(), owner);
      const files = await open(database(), owner, { tables, span: { start: 0, end: 9 } });
      await expireLease(database(), worker);
      const [published] = await both(round, () => publishSegment(database(), owner, files), reap);
      await reap();
      const isLate = published.status === "rejected";
      if (isLate) expect(published.reason).toBeInstanceOf(OwnershipLostError);
      for (const table of tables) expect(await listFiles(database(), table.id)).toHaveLength(isLate ? 0 : 1);
      // A published segment starts the count anew.
      expect(await getJob(database(), owner.job)).toMatchObject({ status: "SCHEDULED", failures: 1, attempt: 1 });
      await database().prisma.$executeRaw`update job set node_selector = 'nobody' where number = ${owner.job}`;
    }
  });

  test.each(ENDED)(
    "a prune and a retry of a %s job: the new job stays, or there was nothing to run again",
    async (status) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { job } = await makeJobIn(database(), status);
        const request = { statuses: ENDED, dryRun: false };
        const [pruned, retried] = await both(
          round,
          () => pruneJobs(database(), request, ACTOR),
          () => retryJob(database(), { number: job.number }, ACTOR),
        );
        expect(pruned).toMatchObject({ status: "fulfilled", value: { [status]: 1 } });
        expect(await findJob(database(), job.number)).toBeUndefined();
        if (retried.status === "rejected") {
          expect(retried.reason).toMatchObject({ code: "JOB_NOT_FOUND" });
          expect(await countJobs(database(), { dataset: job })).toBe(0);
        } else {
          const made = await getJob(database(), retried.value.job.number);
          expect(made).toMatchObject({ status: "SCHEDULED", retryOf: job.number, nodeSelector: job.nodeSelector });
        }
      }
    },
  );
});
