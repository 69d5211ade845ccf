import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { InterruptedError } from "../src/errors.ts";
import type { Io } from "../src/io.ts";
import { openTopScreen } from "../src/live/top-screen.ts";
import { createTopState } from "../src/live/top-state.ts";
import { run } from "../src/run.ts";
import { type Ampd, call, startAmpd } from "./ampd.ts";
import { createFakeTerminal, type FakeTerminal } from "./fake-terminal.ts";
import { ampctl } from "./run-ampctl.ts";

const OTHER_SCREEN = "\u001b[?1049h";
const OWN_SCREEN = "\u001b[?1049l";
const SHOW_CURSOR = "\u001b[?25h";
const CTRL_C = "\u0003";

type Running = { readonly terminal: FakeTerminal; readonly code: Promise<number>; readonly stderr: () => string };

function start(url: string, signal = new AbortController().signal): Running {
  const terminal = createFakeTerminal();
  let stderr = "";
  const code = run(["top"], {
    stdin: terminal.stdin,
    stdout: terminal.stdout,
    stderr: { write: (text: string) => (stderr += text) },
    env: { AMP_ADMIN_URL: url, HOME: "/nonexistent" },
    signal,
    outliveReader: () => undefined,
    now: () => new Date(),
  });
  return { terminal, code, stderr: () => stderr };
}

function expectRestored(terminal: FakeTerminal): void {
  const written = terminal.written();
  expect(written.startsWith(OTHER_SCREEN)).toBe(true);
  expect(written.lastIndexOf(OWN_SCREEN)).toBeGreaterThan(written.lastIndexOf(OTHER_SCREEN));
  expect(written.slice(written.lastIndexOf(OWN_SCREEN))).toContain(SHOW_CURSOR);
  expect(terminal.isRaw()).toBe(false);
}

describe("ampctl top", () => {
  test("shows jobs and workers, and leaves the terminal as it was", async () => {
    const { terminal, code, stderr } = start(inject("serverUrl"));
    await terminal.shows("q quit");
    expect(terminal.written()).toContain("_/lonely");
    expect(terminal.written()).toContain("worker-1");
    terminal.stdin.write("q");
    expect(await code).toBe(0);
    expectRestored(terminal);
    expect(stderr()).toBe("");
  });

  test("fits the terminal also when that becomes smaller", async () => {
    const { terminal, code } = start(inject("serverUrl"));
    await terminal.shows("q quit");
    const smaller = terminal.shows("q q…");
    terminal.resize(46, 10);
    await smaller;
    terminal.stdin.write("q");
    expect(await code).toBe(0);
  });

  test("Ctrl-C, which is a key there, ends it with 130", async () => {
    const { terminal, code, stderr } = start(inject("serverUrl"));
    await terminal.shows("q quit");
    await terminal.press("/", "Enter keeps it");
    terminal.stdin.write(CTRL_C);
    expect(await code).toBe(130);
    expectRestored(terminal);
    expect(stderr()).toBe("");
  });

  test("a signal ends it, and the terminal is as it was", async () => {
    const abort = new AbortController();
    const { terminal, code } = start(inject("serverUrl"), abort.signal);
    await terminal.shows("q quit");
    abort.abort(new InterruptedError("SIGTERM"));
    expect(await code).toBe(143);
    expectRestored(terminal);
  });

  test("a bug while it draws leaves the terminal as it was, and is told", async () => {
    const terminal = createFakeTerminal();
    // It takes no more of it than its streams.
    const io = terminal as unknown as Io;
    const draw = () => {
      throw new Error("no such figure");
    };
    const state = createTopState({ jobs: [], total: undefined, workers: [] });
    const screen = openTopScreen(io, { state, draw, onStop: () => undefined });
    await expect(screen.left).rejects.toThrow("no such figure");
    expectRestored(terminal);
  });

  test.each([
    ["top", "ampctl job watch tells of each change"],
    ["top --json", "ampctl job watch --json tells of each change"],
  ])("%s is wrong usage off a terminal", async (line, hint) => {
    const { code, stdout, stderr } = await ampctl(line);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(hint);
  });

  test("a server that never answered is told without taking the screen", async () => {
    const { terminal, code, stderr } = start("http://127.0.0.1:1");
    expect(await code).toBe(75);
    expect(terminal.written()).toBe("");
    expect(stderr()).toContain("✗ cannot reach ampd");
  });
});

describe("ampctl top on a server of its own", () => {
  let ampd: Ampd;

  beforeAll(async () => {
    ampd = await startAmpd();
    const manifest = { kind: "evm-rpc", network: "nowhere", tables: {} };
    for (const name of ["alpha", "beta"]) {
      await call(ampd.url, "POST /datasets", { namespace: "_", name, version: "1.0.0", manifest });
      await call(ampd.url, `POST /datasets/_/${name}/versions/latest/deploy`, { worker_id: "eu-*" });
    }
  });
  afterAll(() => ampd.stop());

  test("stops the selected job on a key, after a question, and tells of it", async () => {
    const { terminal, code } = start(ampd.url);
    await terminal.shows("q quit");
    await terminal.press("/", "Enter keeps it");
    await terminal.press("alpha", "alpha█");
    await terminal.press("\r", "q quit");
    await terminal.press("s", "Stop job 1 of _/alpha? y/N");
    await terminal.press("n", "not stopped");
    expect(await call(ampd.url, "GET /jobs/1")).toMatchObject({ status: "SCHEDULED" });
    await terminal.press("s", "Stop job 1 of _/alpha? y/N");
    const gone = terminal.shows("no job is like that");
    await terminal.press("y", "STOPPED");
    await gone;
    expect(await call(ampd.url, "GET /jobs/1")).toMatchObject({ status: "STOPPED" });
    expect(await call(ampd.url, "GET /jobs/2")).toMatchObject({ status: "SCHEDULED" });
    terminal.stdin.write("q");
    expect(await code).toBe(0);
  });

  test("tells that the server is lost, and goes on when it is back", async () => {
    const { terminal, code } = start(ampd.url);
    await terminal.shows("q quit");
    const lost = terminal.shows("lost the server, trying again");
    await ampd.kill();
    await lost;
    const back = terminal.shows("q quit");
    await ampd.startAgain();
    await back;
    const gone = terminal.shows("no active jobs");
    await call(ampd.url, "PUT /jobs/2/stop");
    await gone;
    terminal.stdin.write("q");
    expect(await code).toBe(0);
    expectRestored(terminal);
  });
});
