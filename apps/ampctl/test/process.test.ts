import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { LAUNCHER, startAmpctl, startProcess } from "./process.ts";
import { startStub } from "./stub-server.ts";

/** Makes the launcher believe that it runs on an old Node; what it starts sees the real one. */
const OLD_NODE = `data:text/javascript,${encodeURIComponent(
  `if (process.argv[1] === ${JSON.stringify(LAUNCHER)} && process.env.WAS_OLD === undefined) {
     process.env.WAS_OLD = "1";
     Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.0" } });
   }`,
)}`;

describe("the launcher", () => {
  test("runs the program on a Node that is new enough", async () => {
    const { ended } = startAmpctl(["--version"]);
    expect(await ended).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });

  test("on an older Node runs it on the one of the npm package, and ends as that does", async () => {
    const old = ["--import", OLD_NODE, LAUNCHER];
    const version = await startProcess(process.execPath, [...old, "--version"]).ended;
    expect(version).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
    const faulty = await startProcess(process.execPath, [...old, "job", "inspect", "x"]).ended;
    expect(faulty).toMatchObject({ code: 2, stderr: expect.stringContaining("job id 'x'") });
  });
});

test("results go to stdout, everything else to stderr, and the code tells how it ended", async () => {
  const done = await startAmpctl(["job", "list", "-s", "all", "-l", "1"]).ended;
  expect(done).toMatchObject({ code: 0, stderr: "1 of 4 jobs; the next ones: --after 4\n" });
  expect(done.stdout.split("\n")).toHaveLength(3);
  const unknown = await startAmpctl(["job", "inspect", "99"]).ended;
  expect(unknown).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("job '99' not found") });
  const down = await startAmpctl(["job", "list"], { AMP_ADMIN_URL: "http://127.0.0.1:1" }).ended;
  expect(down).toMatchObject({ code: 75, stdout: "" });
});

test("a pipe that is closed ends it without a word", async () => {
  // Far more than a pipe holds, so that it is still writing when head has gone.
  const jobs = JSON.stringify({ jobs: Array.from({ length: 100_000 }, (_, at) => ({ id: at })) });
  const url = await startStub((_, response) => response.end(jobs));
  const line = `"$0" "$1" job list --json | head -c 1; echo "\${PIPESTATUS[0]}"`;
  const ended = await startProcess("bash", ["-c", line, process.execPath, LAUNCHER], { AMP_ADMIN_URL: url }).ended;
  expect(ended).toEqual({ code: 0, stdout: "{0\n", stderr: "" });
});

describe("Ctrl-C", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s while it waits for an answer ends it with %i, and says nothing", async (signal, code) => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const url = await startStub(() => resolve());
    const started = startAmpctl(["job", "list"], { AMP_ADMIN_URL: url });
    await asked;
    started.process.kill(signal);
    expect(await started.ended).toEqual({ code, stdout: "", stderr: "" });
  });
});

describe("completion", () => {
  test("is offered for commands, options and their words", async () => {
    const offered = async (...words: string[]) => {
      const { stdout } = await startAmpctl(["complete", "--", ...words]).ended;
      return stdout
        .split("\n")
        .map((line) => line.split("\t")[0])
        .filter((word) => word !== "" && !word?.startsWith(":"));
    };
    expect(await offered("")).toMatchSnapshot();
    expect(await offered("job", "")).toMatchSnapshot();
    expect(await offered("jobs", "ls", "--")).toMatchSnapshot();
    expect(await offered("--json", "job", "list", "--status", "")).toMatchSnapshot();
    expect(await offered("worker", "i")).toEqual(["inspect"]);
    expect(await offered("completion", "")).toEqual(["bash", "zsh", "fish"]);
  });

  test("needs no settings", async () => {
    const { code, stdout } = await startAmpctl(["complete", "--", "wor"], { AMP_ADMIN_URL: "nonsense" }).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "worker\tWorkers: processes that run jobs\n:4\n" });
  });

  test.each(["bash", "zsh", "fish"])("has a script for %s", async (shell) => {
    const { code, stdout, stderr } = await startAmpctl(["completion", shell]).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("ampctl complete -- ");
  });

  test("works in bash", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ampctl-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, "bin"));
    await symlink(LAUNCHER, join(folder, "bin/ampctl"));
    // What the package bash-completion brings, for a line without quotes.
    const line = `
      _get_comp_words_by_ref() { words=(ampctl jobs li); cword=2; cur=li; prev=jobs; }
      compopt() { :; }
      source <(ampctl completion bash)
      __ampctl_complete; echo "\${COMPREPLY[*]}"`;
    const path = [join(folder, "bin"), join(process.execPath, ".."), process.env.PATH].join(delimiter);
    const { stdout, stderr } = await startProcess("bash", ["-c", line], { PATH: path }).ended;
    expect({ stdout, stderr }).toEqual({ stdout: "list\n", stderr: "" });
  });
});

test("the seeded server is there", () => {
  expect(inject("serverUrl")).toMatch(/^http:/);
});
