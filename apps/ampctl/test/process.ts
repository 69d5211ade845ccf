import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { inject } from "vitest";
import type { Ended } from "./run-ampctl.ts";

export const LAUNCHER = join(import.meta.dirname, "../bin/ampctl.js");

export type Started = { readonly process: ChildProcess; readonly ended: Promise<Ended> };

/** The environment of a process: that of the tests, without what would reach whoever runs them. */
function environment(env: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  return {
    ...process.env,
    AMP_ADMIN_URL: inject("serverUrl"),
    HOME: "/nonexistent",
    XDG_CONFIG_HOME: undefined,
    ...env,
  };
}

/** The real program in a process of its own, for what only a process has: pipes, signals, the launcher. */
export function startAmpctl(words: readonly string[], env?: Readonly<Record<string, string>>): Started {
  return startProcess(process.execPath, [LAUNCHER, ...words], env);
}

/** Any program, until it ends; a code of -1 stands for an end by a signal. */
export function startProcess(
  program: string,
  words: readonly string[],
  env?: Readonly<Record<string, string>>,
): Started {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env: environment(env) });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  const ended = once(child, "close").then(([code]) => ({ code: code ?? -1, ...output }));
  return { process: child, ended };
}
