import { describe, expect, inject, test } from "vitest";
import { ampctl } from "./run-ampctl.ts";
import { startStub } from "./stub-server.ts";

async function bodyOf(path: string): Promise<string> {
  return (await fetch(inject("serverUrl") + path)).text();
}

describe("--json is the body of REST, byte for byte", () => {
  test.each([
    ["job list", "/jobs"],
    ["job list -s all -l 2", "/jobs?status=all&limit=2"],
    ["job list -s failed,stopped --after 3", "/jobs?status=failed,stopped&last_job_id=3"],
    ["job inspect 1", "/jobs/1"],
    ["job progress 1", "/jobs/1/progress"],
    ["job progress 2", "/jobs/2/progress"],
    ["job events 2", "/jobs/2/events"],
    ["dataset list", "/datasets"],
    ["dataset versions mainnet", "/datasets/_/mainnet/versions"],
    ["dataset inspect mainnet", "/datasets/_/mainnet/versions/latest"],
    ["provider list", "/providers"],
    ["worker list", "/workers"],
    ["worker inspect worker-1", "/workers/worker-1"],
  ])("ampctl %s: GET %s", async (line, path) => {
    // Heartbeats go on between the two.
    const still = (text: string) => text.replace(/("heartbeat_at":")[^"]+/g, "$1");
    expect(still((await ampctl(`${line} --json`)).stdout)).toBe(`${still(await bodyOf(path))}\n`);
  });
});

test.each([
  ["--dataset", "job list -s all --dataset lonely", [4, 3]],
  ["--worker", "job list -s all --worker worker-1", [2, 1]],
  ["--since", "job list -s all --since 7d", [4, 3, 2, 1]],
  ["--after", "job list -s all --dataset lonely --after 4", [3]],
])("jobs by %s have the same form", async (_, line, ids) => {
  const found = JSON.parse((await ampctl(`${line} --json`)).stdout);
  const all: { id: number }[] = JSON.parse(await bodyOf("/jobs?status=all")).jobs;
  const jobs = ids.map((id) => all.find((job) => job.id === id));
  expect(found).toEqual({ jobs, next_cursor: ids.at(-1) });
});

test("an empty page of them is as REST's", async () => {
  expect((await ampctl("job list -s running --dataset lonely --json")).stdout).toBe('{"jobs":[]}\n');
});

test.each([
  ["below a job", "4", [3, 2, 1]],
  ["below the newest", "5", [4, 3, 2, 1]],
  ["below an id that is not there yet", "1000", [4, 3, 2, 1]],
  ["below the oldest", "1", []],
  ["below the highest id that there can be", "9223372036854775807", [4, 3, 2, 1]],
])("--after stands %s", async (_, after, ids) => {
  const { stdout } = await ampctl(`job list -s all --after ${after}`);
  const rows = stdout.trimEnd().split("\n").slice(1);
  expect(rows.map((row) => Number(row.trim().split(" ")[0]))).toEqual(ids);
});

test("numbers beyond 2^53 stay exact", async () => {
  const text =
    '{"job_id":9007199254740993,"job_status":"RUNNING","tables":{"blocks":{"current_block":18446744073709551615}}}';
  const url = await startStub((_, response) => response.end(text));
  const env = { AMP_ADMIN_URL: url };
  expect((await ampctl("job progress 9007199254740993 --json", { env })).stdout).toBe(`${text}\n`);
  const laidOut = JSON.stringify({ a: [1] }, null, 2).replace("1", "9007199254740993");
  const other = await startStub((_, response) => response.end(laidOut));
  expect((await ampctl("worker list --json", { env: { AMP_ADMIN_URL: other } })).stdout).toBe(
    '{"a":[9007199254740993]}\n',
  );
});

test("the token goes out as a bearer", async () => {
  const url = await startStub((request, response) => response.end(JSON.stringify(request.headers.authorization)));
  expect((await ampctl("worker list --json --auth-token s3cret", { env: { AMP_ADMIN_URL: url } })).stdout).toBe(
    '"Bearer s3cret"\n',
  );
});

test("an address may have a path of its own", async () => {
  const url = await startStub((request, response) => response.end(JSON.stringify(request.url)));
  expect((await ampctl("job inspect 7 --json", { env: { AMP_ADMIN_URL: `${url}/amp/` } })).stdout).toBe(
    '"/amp/jobs/7"\n',
  );
});
