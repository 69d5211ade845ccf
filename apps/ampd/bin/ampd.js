#!/usr/bin/env node
// Plain JavaScript that Node 18 can read: the sources are TypeScript, and need a Node that strips types.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The first with type stripping, node:sqlite and http's `shouldUpgradeCallback`, none of them behind a flag. */
const NEEDED = [24, 9];

const main = new URL("../src/main.ts", import.meta.url);

if (isNewEnough(process.versions.node)) {
  await import(main.href);
} else {
  const node = findPackagedNode();
  if (node === undefined) {
    console.error(
      `ampd needs Node ${NEEDED.join(".")} or newer, this is ${process.versions.node}, and the npm package 'node' that brings one is not installed: run npm install in the project, or use a newer Node`,
    );
    process.exitCode = 1;
  } else {
    runOn(node);
  }
}

/** @param {string} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/** The program of the npm package `node`; its install script may have been held back. */
function findPackagedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve("node/package.json");
    const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
    const path = join(dirname(manifest), bin.node);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Stands in for the other Node: passes signals on and ends as it ends.
 * @param {string} node
 */
function runOn(node) {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], {
    // By the channel the child learns of the launcher's end, also of one that could pass no signal on.
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  child.on("error", (error) => {
    console.error(`ampd cannot start ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    for (const name of signals) process.off(name, forward);
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}
