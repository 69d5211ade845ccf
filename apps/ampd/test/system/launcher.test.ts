import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };

const LAUNCHER = join(import.meta.dirname, "../../bin/ampd.js");
/** Makes the launcher believe that it runs on an old Node; what it starts sees the real one. */
const OLD_NODE = `data:text/javascript,${encodeURIComponent(
  `if (process.argv[1] === ${JSON.stringify(LAUNCHER)})
     Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.0" } });`,
)}`;

async function run(...words: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child: ChildProcess = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (data: Buffer) => (output.stdout += data));
  child.stderr?.on("data", (data: Buffer) => (output.stderr += data));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...output };
}

test("the launcher runs the program on a Node that is new enough", async () => {
  expect(await run(LAUNCHER, "--version")).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
});

test("on an older Node it runs the program on the one of the npm package, and mirrors how that ends", async () => {
  const old = ["--import", OLD_NODE, LAUNCHER];
  expect(await run(...old, "--version")).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
  const faulty = await run(...old, "solo", "--port", "none");
  expect(faulty.code).toBe(2);
  expect(faulty.stderr).toContain("--port");
});
