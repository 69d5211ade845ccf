import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { ALERT } from "../src/program/job-live.ts";
import { type Ampd, call, startAmpd } from "./ampd.ts";
import { LAUNCHER, startAmpctl } from "./process.ts";
import { ampctl } from "./run-ampctl.ts";
import { report } from "./stable.ts";

/** A server, and a job on it that no worker takes. */
async function startWithJob(): Promise<{ ampd: Ampd; job: number; env: Record<string, string> }> {
  const ampd = await startAmpd();
  onTestFinished(() => ampd.stop());
  const manifest = { kind: "evm-rpc", network: "nowhere", tables: {} };
  await call(ampd.url, "POST /datasets", { namespace: "_", name: "lonely", version: "1.0.0", manifest });
  return { ampd, job: await deploy(ampd), env: { AMP_ADMIN_URL: ampd.url } };
}

async function deploy(ampd: Ampd): Promise<number> {
  const body = { worker_id: "eu-*" };
  const deployed = await call(ampd.url, "POST /datasets/_/lonely/versions/latest/deploy", body);
  return (deployed as { readonly job_id: number }).job_id;
}

/** The program in a process, once it has printed something. */
async function startAndHear(words: readonly string[], env: Record<string, string>) {
  const started = startAmpctl(words, env);
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    started.process[stream]?.on("data", (data) => {
      output[stream] += String(data);
    });
  }
  const heard = (stream: "stdout" | "stderr", text: string) =>
    expect.poll(() => output[stream], { timeout: 60_000 }).toMatch(text);
  await heard("stdout", "\n");
  return { ...started, heard };
}

const stop = (ampd: Ampd, job: number) => call(ampd.url, `PUT /jobs/${job}/stop`);

/** The types of the events in what was printed with `--json`, one a line; none may come twice. */
function eventsOf(stdout: string): string[] {
  const events = stdout
    .split("\n")
    .filter((line) => line.includes('"event_type"'))
    .map((line) => JSON.parse(line));
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  return events.map(({ event_type: type }) => type);
}

describe("ampctl job watch", () => {
  test.each([
    ["1", 0],
    ["2", 4],
    ["3", 3],
    ["3 --until stopped", 0],
    ["1 2 3", 4],
    ["1 3", 3],
    ["9", 1],
    ["abc", 2],
    ["1 --until never", 2],
    ["1 --max-lag few", 2],
    ["1 --until stopped --max-lag 5", 2],
    ["4 --timeout 1s", 75],
    ["4 --timeout soon", 2],
  ])("%s ends with %d", async (words, code) => {
    const ended = await ampctl(`job watch ${words}`);
    expect(ended.code).toBe(code);
    expect(report(ended)).toMatchSnapshot();
    if (![1, 2].includes(code)) expect(report(await ampctl(`job watch ${words} --json`))).toMatchSnapshot();
  });

  test("shows each change in a line, and ends with the state that it has read", async () => {
    const { ampd, job, env } = await startWithJob();
    const watching = await startAndHear(["job", "watch", String(job), "--json"], env);
    await stop(ampd, job);
    const { code, stdout } = await watching.ended;
    expect(code).toBe(3);
    expect(eventsOf(stdout)).toEqual(["STOPPED"]);
    const states = stdout.split("\n").filter((line) => line.includes('"job_status"'));
    expect(states.map((line) => JSON.parse(line).job_status)).toEqual(["SCHEDULED", "STOPPED"]);
  });

  test("watches all that are active, also those that come, until none is", async () => {
    const { ampd, job, env } = await startWithJob();
    const watching = await startAndHear(["job", "watch"], env);
    await stop(ampd, job);
    await stop(ampd, await deploy(ampd));
    const { code, stdout } = await watching.ended;
    expect(code).toBe(3);
    expect(stdout).toMatch(new RegExp(`job ${job} {2}_/lonely {2}STOPPED`));
    expect(await ampctl("job watch", { env })).toMatchObject({ code: 0, stdout: "", stderr: "no active jobs\n" });
  });

  test("outlives a server that is killed and starts again, and misses no event and no end", async () => {
    const { ampd, job, env } = await startWithJob();
    const watching = await startAndHear(["job", "watch", String(job), "--json"], env);
    await ampd.kill();
    await watching.heard("stderr", "lost the server");
    await ampd.startAgain();
    await stop(ampd, job);
    const { code, stdout, stderr } = await watching.ended;
    expect(code).toBe(3);
    expect(eventsOf(stdout)).toEqual(["STOPPED"]);
    expect(stderr.match(/lost the server/g)).toHaveLength(1);
    expect(stderr.match(/the server answers again/g)).toHaveLength(1);
  });

  test("on a terminal it shows the job in full, and leaves its last state", async () => {
    const { code, stdout } = await ampctl("job watch 1", { columns: 80 });
    expect(code).toBe(0);
    const shown = stripVTControlCharacters(stdout);
    expect(shown).toContain("Job 1  _/mainnet  COMPLETED");
    expect(shown).toMatch(/█{40} {2}100%/);
    expect(shown).toMatch(/ {2}transactions +0 +90 /);
  });

  test("Ctrl-C ends it with 130", async () => {
    const { job, env } = await startWithJob();
    const running = await startAndHear(["job", "watch", String(job)], env);
    running.process.kill("SIGINT");
    expect(await running.ended).toMatchObject({ code: 130, stderr: "" });
  });

  test("a server that never answered is not waited for", async () => {
    const ended = await ampctl("job watch 1", { env: { AMP_ADMIN_URL: "http://127.0.0.1:1" } });
    expect(ended).toMatchObject({ code: 75, stdout: "" });
  });
});

describe("ampctl job events as a feed", () => {
  test.each([
    "job events --type completed",
    "job events 2 --type FAILED --json",
    "job events --after 0 --dataset _/lonely",
    "job events --since 1s",
    "job events --type exploded",
    "job events --after x",
    "job events --since tomorrow",
  ])("%s", async (line) => {
    expect(report(await ampctl(line))).toMatchSnapshot();
  });

  test("what happened since a time is what stands behind it in the log", async () => {
    const { env } = await startWithJob();
    const all = await ampctl("job events --since 7d --json", { env });
    expect(eventsOf(all.stdout)).toEqual(["SCHEDULED"]);
  });

  test("follows the log over a kill of the server, each event once", async () => {
    const { ampd, job, env } = await startWithJob();
    const following = await startAndHear(["job", "events", "--follow", "--after", "0", "--json"], env);
    await ampd.kill();
    await ampd.startAgain();
    await stop(ampd, job);
    await call(ampd.url, `DELETE /jobs/${job}`);
    await following.heard("stdout", "REMOVED");
    following.process.kill("SIGINT");
    const { code, stdout } = await following.ended;
    expect(code).toBe(130);
    expect(eventsOf(stdout)).toEqual(["SCHEDULED", "STOPPED", "REMOVED"]);
  });
});

test("the alert on failed jobs works as --help prints it", async () => {
  const ampd = await startAmpd(["--max-attempts", "1"]);
  onTestFinished(() => ampd.stop());
  expect((await ampctl("job events --help")).stdout).toContain(`$ ${ALERT}`);
  const bin = await mkdtemp(join(tmpdir(), "ampctl-"));
  onTestFinished(() => rm(bin, { recursive: true }));
  await symlink(LAUNCHER, join(bin, "ampctl"));
  const path = [bin, dirname(process.execPath), process.env.PATH].join(delimiter);
  // A group of its own, so that all of the pipe ends with the test.
  const shell = spawn("bash", ["-c", ALERT], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PATH: path, AMP_ADMIN_URL: ampd.url, HOME: "/nonexistent" },
  });
  onTestFinished(() => void process.kill(-(shell.pid ?? 0), "SIGKILL"));
  const alerted = once(shell.stdout, "data");
  // Nothing says that the feed stands: jobs fail until one is told of.
  const provider = { name: "closed", kind: "evm-rpc", network: "nowhere", url: "http://127.0.0.1:1" };
  await call(ampd.url, "POST /providers", provider);
  const manifest = { kind: "evm-rpc", network: "nowhere", tables: {} };
  await call(ampd.url, "POST /datasets", { namespace: "_", name: "far", version: "1.0.0", manifest });
  const failing = new AbortController();
  const failJobs = async () => {
    while (!failing.signal.aborted) {
      await call(ampd.url, "POST /datasets/_/far/versions/latest/deploy");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  const [[text]] = await Promise.all([alerted.finally(() => failing.abort()), failJobs()]);
  expect(String(text)).toMatch(/^alert: 20\d\d-.* {2}job \d+ {2}_\/far {2}FAILED {2}ENDPOINT_FAILING: /);
});
