import { describe, expect, test } from "vitest";
import { InterruptedError } from "../src/errors.ts";
import { ampctl } from "./run-ampctl.ts";
import { report } from "./stable.ts";

/** They would destroy something; nothing of it may happen to the server of all tests. */
const DESTRUCTIVE = [
  "job stop 4",
  "job stop --dataset lonely --worker worker-2 --status all",
  "job stop --status scheduled",
  "job retry --status failed",
  "job rm 1 2 3 4 99",
  "job rm --dataset _/lonely",
  "job prune",
  "job prune --status failed --json",
  "provider rm dead_end",
  "worker drain worker-1",
];

describe("on a terminal what would be destroyed is shown, and asked for", () => {
  test.each(DESTRUCTIVE.filter((line) => !line.includes("worker-2")))("ampctl %s", async (line) => {
    const world = { columns: 80, env: { NO_COLOR: "1" } };
    const told = await Promise.all(["no\n", "", "yess\n"].map((stdin) => ampctl(line, { ...world, stdin })));
    for (const { code, stdout } of told) expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(report(told[0] ?? never())).toMatchSnapshot();
  });

  test("not where there is nothing to destroy", async () => {
    const line = "job stop --dataset lonely --worker worker-2 --status all";
    expect(report(await ampctl(line, { columns: 80, env: { NO_COLOR: "1" } }))).toMatchSnapshot();
  });
});

test("Ctrl-C at the question ends the command", async () => {
  const interrupt = new AbortController();
  const ended = ampctl("job prune", { columns: 80, stdin: "never", signal: interrupt.signal });
  interrupt.abort(new InterruptedError());
  expect(await ended).toMatchObject({ code: 130, stdout: "" });
});

describe("where nobody can be asked, what does not say what it is about needs --yes", () => {
  test.each([
    "job prune",
    "job prune --older-than 1s --json",
    "job prune --dataset lonely",
    "job stop --dataset lonely",
    "job retry --since 7d",
    "job rm --worker worker-1",
  ])("ampctl %s", async (line) => {
    const ended = await ampctl(line);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(report(ended)).toMatchSnapshot();
  });
});

describe("usage", () => {
  test.each([
    "job stop",
    "job stop abc 4",
    "job stop 4 --status all",
    "job rm 0",
    "job retry 9223372036854775808",
    "job stop 4 --yes --dry-run",
    "job stop 4 --timeout 1s",
    "job stop 4 --wait --timeout 1",
    "job stop --status runing",
    "job stop --older-than 5 --status all",
    "job prune 4",
    "job prune --status active",
    "dataset register lonely",
    "dataset register lonely@1.0.0 -",
    "dataset register lonely /nonexistent/manifest.json",
    "dataset deploy lonely --parallelism 0",
    "dataset deploy lonely --timeout 1s",
    "provider add",
    "provider add anvil --set =secret",
    "provider rm",
    "worker drain",
    "worker drain worker-1 --timeout 1s",
  ])("ampctl %s", async (line) => {
    const ended = await ampctl(line);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(report(ended)).toMatchSnapshot();
  });
});

function never(): never {
  throw new Error("there is always one");
}
