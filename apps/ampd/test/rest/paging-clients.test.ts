import { expect, test } from "vitest";
import { deploy, useDatabase } from "../store-fixtures.ts";
import { type Client, serve } from "./rest-server.ts";

const database = useDatabase("pglite");

const STAYING = 12;
/** Far more than there can be: a client that needs so many never ends. */
const MAX_PAGES = 100;

type Page = { readonly jobs: readonly { readonly id: number }[]; readonly next_cursor?: number };

/** How a client decides that there is another page after this one. */
const CLIENTS: Readonly<Record<string, (page: Page) => boolean>> = {
  "while there is a cursor": ({ next_cursor: cursor }) => cursor !== undefined,
  "until a page is empty": ({ jobs }) => jobs.length > 0,
};

/** Jobs that stay, and between each two of them one that will go, from the oldest on. */
async function makeJobs(): Promise<{ readonly staying: number[]; readonly going: number[] }> {
  const made = { staying: [] as number[], going: [] as number[] };
  for (let count = 0; count < STAYING; count += 1) {
    made.going.push(Number((await deploy(database())).number));
    made.staying.push(Number((await deploy(database())).number));
  }
  return made;
}

/** Makes a job, and takes away the newest and the oldest of those that go, and the one that a client's cursor is at. */
async function churn(rest: Client, going: number[], cursor: number | undefined): Promise<number> {
  const ends = [going.find((id) => id === cursor), going.at(-1), going[0]];
  for (const id of new Set(ends)) {
    if (id === undefined) continue;
    going.splice(going.indexOf(id), 1);
    expect((await rest(`PUT /jobs/${id}/stop`)).status).toBe(200);
  }
  const { number } = await deploy(database());
  expect((await rest("DELETE /jobs?status=terminal")).status).toBe(204);
  return Number(number);
}

for (const [name, hasMore] of Object.entries(CLIENTS)) {
  test.each(["active", "all"])(
    `a client that pages ${name} ends, and sees every job that stays once, while others come and go (status=%s)`,
    async (status) => {
      const { staying, going } = await makeJobs();
      const rest = await serve(database());
      const seen: number[] = [];
      const made: number[] = [];
      let pages = 0;
      let page: Page;
      do {
        const cursor = seen.at(-1);
        const line = `GET /jobs?limit=3&status=${status}${cursor === undefined ? "" : `&last_job_id=${cursor}`}`;
        // What comes and goes does so beside the page, and is done before the next one.
        const [reply, number] = await Promise.all([rest(line), churn(rest, going, cursor)]);
        // The reply was held against the documented schema.
        page = reply.body as Page;
        seen.push(...page.jobs.map(({ id }) => id));
        made.push(number);
        pages += 1;
        expect(pages).toBeLessThan(MAX_PAGES);
      } while (hasMore(page));
      expect(seen.filter((id) => staying.includes(id))).toEqual(staying.toReversed());
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(seen.toSorted((one, other) => other - one));
      expect(pages).toBeGreaterThan(STAYING / 3);
      expect(going).toEqual([]);
      const left = await database().prisma.job.findMany({ select: { number: true }, orderBy: { number: "asc" } });
      expect(left.map(({ number }) => Number(number))).toEqual([...staying, ...made]);
    },
  );
}
