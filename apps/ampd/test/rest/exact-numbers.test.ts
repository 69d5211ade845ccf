import { expect, test } from "vitest";
import { claim, deploy, startWorker, useDatabase } from "../store-fixtures.ts";
import { publishLargeFile } from "./golden/setups.ts";
import { serve } from "./rest-server.ts";

const database = useDatabase("pglite");

/** 2^53 + 7: a number of JavaScript would make 9007199254741000 of it. */
const NUMBER = 9_007_199_254_740_999n;

test("job ids, blocks and sizes beyond 2^53 have every digit wherever they are answered", async () => {
  const { prisma } = database();
  await prisma.$executeRaw`select setval(pg_get_serial_sequence('job', 'number'), ${NUMBER}, false)`;
  const worker = await startWorker(database());
  await deploy(database(), { name: "eth" });
  const { owner } = await claim(database(), worker);
  const { start, end, sizeBytes } = await publishLargeFile(database(), owner);
  const rest = await serve(database());
  const textOf = async (line: string, headers = {}, messages?: number) =>
    (await rest(line, { headers, ...(messages === undefined ? {} : { messages }) })).text;

  expect(owner.job).toBe(NUMBER);
  expect(await textOf("POST /datasets/_/eth/versions/dev/deploy")).toBe(`{"job_id":${NUMBER}}`);
  expect(await textOf(`GET /jobs/${NUMBER}`)).toContain(`{"id":${NUMBER},`);
  const list = await textOf("GET /jobs");
  expect(list).toContain(`{"jobs":[{"id":${NUMBER},`);
  expect(list).toContain(`"next_cursor":${NUMBER}}`);
  expect(await textOf(`GET /jobs?last_job_id=${NUMBER + 1n}`)).toBe(list);
  expect(await textOf(`GET /jobs?last_job_id=${NUMBER}`)).toBe('{"jobs":[]}');
  expect(await textOf("GET /datasets/_/eth/versions/dev/jobs")).toContain(`{"id":${NUMBER},`);

  const table = `{"current_block":${end},"start_block":${start},"files_count":1,"total_size_bytes":${sizeBytes}}`;
  const progress = `{"job_id":${NUMBER},"job_status":"RUNNING","tables":{"blocks":${table}}}`;
  expect(await textOf(`GET /jobs/${NUMBER}/progress`)).toBe(progress);
  const stream = { accept: "text/event-stream" };
  expect(await textOf(`GET /jobs/${NUMBER}/progress`, stream, 2)).toContain(`data: ${progress}`);

  const events = await textOf(`GET /jobs/${NUMBER}/events`);
  expect(events).toContain(`{"job_id":${NUMBER},"events":[`);
  const first = /"id":(\d+)/.exec(events)?.[1];
  expect(await textOf(`GET /jobs/${NUMBER}/events/${first}`)).toContain(`"job_id":${NUMBER},`);
  expect(await textOf(`GET /events?after=0&job_id=${NUMBER}`)).toContain(`"job_id":${NUMBER},`);
  expect(await textOf(`GET /events?after=0&job_id=${NUMBER}`, stream, 2)).toContain(`"job_id":${NUMBER},`);
  expect(await textOf(`DELETE /jobs/${NUMBER}`)).toContain(`job '${NUMBER}' is RUNNING`);
});
