import { expect, test } from "vitest";
import { JOB_STATUSES } from "../../src/domain/job.ts";
import { makeJobIn, useDatabase } from "../store-fixtures.ts";
import { refusal, serve } from "./rest-server.ts";

const database = useDatabase("pglite");

/** One job of each status; on the way to SCHEDULED one more is COMPLETED. */
async function makeOneOfEach(): Promise<void> {
  for (const status of JOB_STATUSES) await makeJobIn(database(), status);
}

async function countByStatus(): Promise<Record<string, number>> {
  const groups = await database().prisma.job.groupBy({ by: ["status"], _count: true });
  return Object.fromEntries(groups.map(({ status, _count }) => [status, _count]));
}

const ACTIVE_LEFT = { SCHEDULED: 1, RUNNING: 1, STOP_REQUESTED: 1, STOPPING: 1 };

test.each([
  ["terminal", "4", {}],
  ["TERMINAL", "4", {}],
  ["Completed", "2", { STOPPED: 1, FAILED: 1 }],
  ["stopped", "1", { COMPLETED: 2, FAILED: 1 }],
  ["error", "1", { COMPLETED: 2, STOPPED: 1 }],
  ["Failed", "1", { COMPLETED: 2, STOPPED: 1 }],
])("DELETE /jobs?status=%s removes those jobs and no other, without a body", async (status, total, left) => {
  await makeOneOfEach();
  const rest = await serve(database());
  const reply = await rest(`DELETE /jobs?status=${status}`);
  expect(reply).toMatchObject({ status: 204, text: "", headers: { "x-pruned-jobs": total } });
  expect(await countByStatus()).toEqual({ ...ACTIVE_LEFT, ...left });
});

test.each(["return=representation", 'respond-async, RETURN="representation"; x=1'])(
  "with Prefer: %s a prune says how many jobs of each status it removed",
  async (prefer) => {
    await makeOneOfEach();
    const rest = await serve(database());
    expect(await rest("DELETE /jobs?status=terminal", { headers: { prefer } })).toMatchObject({
      status: 200,
      headers: { "x-pruned-jobs": "4", "preference-applied": "return=representation" },
      body: { total: 4, counts: { COMPLETED: 2, STOPPED: 1, FAILED: 1 } },
    });
  },
);

test("with Prefer: return=minimal a prune answers without a body", async () => {
  const rest = await serve(database());
  expect(await rest("DELETE /jobs?status=terminal", { headers: { prefer: "return=minimal" } })).toMatchObject({
    status: 204,
    headers: { "x-pruned-jobs": "0" },
  });
});

test.each(["", "?", "?status=", "?status=all", "?status=active", "?status=running", "?status=completed,stopped"])(
  "DELETE /jobs%s is refused, and removes nothing",
  async (query) => {
    await makeJobIn(database(), "COMPLETED");
    const rest = await serve(database());
    expect(await rest(`DELETE /jobs${query}`)).toEqual(
      refusal(400, "INVALID_QUERY_PARAM", expect.stringContaining("use terminal, completed, stopped, error or failed")),
    );
    expect(await countByStatus()).toEqual({ COMPLETED: 1 });
  },
);

test.each(["?status=terminal&status=terminal", "?status=%E0%A4%A"])("DELETE /jobs%s is refused", async (query) => {
  const rest = await serve(database());
  expect(await rest(`DELETE /jobs${query}`)).toEqual(refusal(400, "INVALID_QUERY_PARAM"));
});
