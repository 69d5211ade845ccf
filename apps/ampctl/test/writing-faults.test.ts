import type { ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { InterruptedError } from "../src/errors.ts";
import { LAUNCHER, startAmpctl, startProcess } from "./process.ts";
import { ampctl } from "./run-ampctl.ts";
import { report } from "./stable.ts";
import { startStub } from "./stub-server.ts";

/** What a server answers to an operation: its data, or no answer: the connection breaks. */
type Answer = object | "gone";

/** A server of which each operation has its answers; the last one stays. @param onAsk told of each */
async function startServer(
  answers: Readonly<Record<string, readonly Answer[]>>,
  onAsk: (operation: string) => void = () => undefined,
): Promise<string> {
  const next = new Map(Object.entries(answers).map(([operation, list]) => [operation, [...list]]));
  return startStub(async (request, response) => {
    const operation = /(?:query|mutation) (\w+)/.exec(await text(request))?.[1] ?? "";
    const left = next.get(operation) ?? [];
    reply(response, (left.length > 1 ? left.shift() : left[0]) ?? "gone");
    onAsk(operation);
  });
}

function reply(response: ServerResponse, answer: Answer): void {
  if (answer === "gone") response.destroy();
  else response.end(JSON.stringify({ data: answer }));
}

function jobOf(number: number, status: string) {
  return { id: `id-${number}`, number: String(number), status };
}

function planOf(total: number): Answer {
  const plan = { token: "t", total, countsByStatus: [{ status: "RUNNING", count: total }], sample: [], skipped: [] };
  return { planJobs: { plan } };
}

function applied(remaining: number, outcomes: readonly (readonly [number, string, string | null])[]): Answer {
  return {
    applyPlan: {
      remaining,
      outcomes: outcomes.map(([number, outcome, status]) => ({
        number: String(number),
        outcome,
        message: outcome === "DONE" ? null : `job '${number}' has changed since it was planned`,
        job: status === null ? null : jobOf(number, status),
        newJob: null,
      })),
    },
  };
}

function stopped(number: number, status: string): Answer {
  return { stopJob: { changed: true, job: jobOf(number, status) } };
}

function now(...jobs: readonly (object | null)[]): Answer {
  return { nodes: jobs };
}

async function both(line: string, answers: Readonly<Record<string, readonly Answer[]>>): Promise<string> {
  const told: string[] = [];
  for (const words of [line, `${line} --json`]) {
    told.push(report(await ampctl(words, { env: { AMP_ADMIN_URL: await startServer(answers) } })));
  }
  return told.join("");
}

const LINE = "job stop --status running";

describe("a plan", () => {
  test("that expired while the question stood is told with what to do", async () => {
    const expired = { code: "PLAN_EXPIRED", message: "plan 't' expired: plan again", retryable: false };
    expect(await both(LINE, { PlanJobs: [planOf(2)], ApplyPlan: [{ applyPlan: expired }] })).toMatchSnapshot();
  });

  test("whose server went away before it was applied means: try again", async () => {
    expect(await both(LINE, { PlanJobs: [planOf(2)], ApplyPlan: ["gone"] })).toMatchSnapshot();
  });

  test("whose server went away half-way tells what was done", async () => {
    const first = applied(2, [
      [1, "DONE", "STOPPED"],
      [2, "DONE", "STOP_REQUESTED"],
    ]);
    expect(await both(LINE, { PlanJobs: [planOf(4)], ApplyPlan: [first, "gone"] })).toMatchSnapshot();
  });

  test("goes on until nothing remains", async () => {
    const batches = [applied(1, [[1, "DONE", "STOPPED"]]), applied(0, [[2, "DONE", "STOPPED"]])];
    expect(await both(LINE, { PlanJobs: [planOf(2)], ApplyPlan: batches })).toMatchSnapshot();
  });

  test("tells each job that changed meanwhile, and waits for none of them", async () => {
    const batch = applied(0, [
      [1, "DONE", "STOP_REQUESTED"],
      [2, "CHANGED", "RUNNING"],
      [3, "CHANGED", "COMPLETED"],
      [4, "GONE", null],
    ]);
    const answers = {
      PlanJobs: [planOf(4)],
      ApplyPlan: [batch],
      JobsOfFilter: [],
      JobsNow: [now(jobOf(1, "STOPPED"))],
    };
    expect(await both(`${LINE} --wait`, answers)).toMatchSnapshot();
  });
});

test("a pipe that is closed does not leave a plan half applied", async () => {
  const batches = [4, 3, 2, 1, 0].map((remaining) => applied(remaining, [[9 - remaining, "DONE", "STOPPED"]]));
  let applications = 0;
  const url = await startServer({ PlanJobs: [planOf(5)], ApplyPlan: batches }, (operation) => {
    if (operation === "ApplyPlan") applications += 1;
  });
  const line = `"$0" "$1" job stop --status running | true; echo "\${PIPESTATUS[0]}"`;
  const ended = await startProcess("bash", ["-c", line, process.execPath, LAUNCHER], { AMP_ADMIN_URL: url }).ended;
  expect(ended).toEqual({ code: 0, stdout: "0\n", stderr: "stop: 5 done\n" });
  expect(applications).toBe(5);
});

test("named jobs: those that were dealt with before the server went away are told", async () => {
  expect(await both("job stop 1 2 3", { StopJob: [stopped(1, "STOPPED"), "gone"] })).toMatchSnapshot();
});

describe("--wait", () => {
  test("goes on where the server was away for a while", async () => {
    const answers = {
      StopJob: [stopped(1, "STOP_REQUESTED"), stopped(2, "STOP_REQUESTED"), stopped(3, "STOPPING")],
      JobsNow: [
        now(jobOf(1, "STOPPED"), jobOf(2, "STOP_REQUESTED"), jobOf(3, "STOPPING")),
        "gone" as const,
        "gone" as const,
        now(jobOf(2, "STOPPING"), null),
        now(jobOf(2, "COMPLETED")),
      ],
    };
    expect(await both("job stop 1 2 3 --wait", answers)).toMatchSnapshot();
  });

  test("tells which jobs had not ended when its time was over", async () => {
    const answers = {
      StopJob: [stopped(1, "STOP_REQUESTED"), stopped(2, "STOP_REQUESTED")],
      JobsNow: [now(jobOf(1, "STOPPING"), jobOf(2, "STOPPING"))],
    };
    expect(await both("job stop 1 2 --wait --timeout 100ms", answers)).toMatchSnapshot();
  });

  test("is ended by Ctrl-C, and tells what was done before", async () => {
    const interrupt = new AbortController();
    const answers = { StopJob: [stopped(1, "STOP_REQUESTED")], JobsNow: [now(jobOf(1, "STOPPING"))] };
    const url = await startServer(answers, (operation) => {
      if (operation === "JobsNow") interrupt.abort(new InterruptedError());
    });
    const world = { env: { AMP_ADMIN_URL: url }, signal: interrupt.signal };
    expect(report(await ampctl("job stop 1 --wait --json", world))).toMatchSnapshot();
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("as a process is ended by %s with %i", async (signal, code) => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const answers = { StopJob: [stopped(1, "STOP_REQUESTED")], JobsNow: [now(jobOf(1, "STOPPING"))] };
    const url = await startServer(answers, (operation) => {
      if (operation === "JobsNow") resolve();
    });
    const started = startAmpctl(["job", "stop", "1", "--wait"], { AMP_ADMIN_URL: url });
    await asked;
    started.process.kill(signal);
    expect(await started.ended).toMatchObject({ code, stdout: "job 1: STOP_REQUESTED\n" });
  });
});
