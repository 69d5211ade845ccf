import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ALERT } from "../src/program/job-live.ts";
import type { Ampd } from "./ampd.ts";
import { helpLines } from "./help-texts.ts";
import { LAUNCHER, startProcess } from "./process.ts";
import { ampctl } from "./run-ampctl.ts";
import { startSeeded } from "./seeded.ts";

/** Where the examples write to, the files and the programs that they name. */
let home = "";
/** Of their own: some of them change it. They run in the order of the help, the reading ones of each noun first. */
let server: Ampd;

const FILES = {
  "manifest.json": { kind: "evm-rpc", network: "anvil", start_block: 3, tables: {} },
  "provider.json": { kind: "evm-rpc", network: "anvil", url: "https://rpc.example.com" },
};

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "ampctl-"));
  for (const folder of ["bin", ".zfunc", ".config/fish/completions", ".local/share/bash-completion/completions"]) {
    await mkdir(join(home, folder), { recursive: true });
  }
  await symlink(LAUNCHER, join(home, "bin/ampctl"));
  for (const [name, content] of Object.entries(FILES)) await writeFile(join(home, name), JSON.stringify(content));
  server = await startSeeded();
});
afterAll(async () => {
  await server.stop();
  await rm(home, { recursive: true });
});

const helps = await Promise.all(helpLines().map(async (line) => (await ampctl(line)).stdout));
const examples = helps.flatMap((text) => [...text.matchAll(/^ {2}\$ (.+)$/gm)].map(([, line = ""]) => line));

test("every command has an example", () => {
  const commands = helpLines().filter((line) => line.split(" ").length > 2);
  for (const line of commands) expect(helps[helpLines().indexOf(line)], line).toContain("Examples:");
});

// Not on every machine; CI has it.
const hasJq = spawnSync("jq", ["--version"]).status === 0;
const skipReason = (line: string) => (line.includes("jq") && !hasJq ? "jq is not installed" : undefined);

// Without its worker the server is not ready.
const endsWorker = (line: string) => Number(/worker drain (?!.*--dry-run)/.test(line));
const inOrder = [...new Set(examples)]
  .filter((line) => line !== ALERT)
  .sort((one, other) => endsWorker(one) - endsWorker(other));

test.for(inOrder)("%s works as it is printed", async (line, { skip }) => {
  const reason = skipReason(line);
  if (reason !== undefined) skip(reason);
  const path = [join(home, "bin"), dirname(process.execPath), process.env.PATH].join(delimiter);
  const words = ["-c", `set -o pipefail; cd; ${line}`];
  const env = { HOME: home, PATH: path, AMP_ADMIN_URL: server.url };
  const { code, stderr } = await startProcess("bash", words, env).ended;
  expect(stderr).not.toContain("✗");
  expect(code).toBe(0);
});
