#!/usr/bin/env node
// Plain JavaScript that Node 18 can read: the sources are TypeScript, and need a Node that strips types.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The first that strips types without a flag and without a warning. */
const NEEDED = [24, 3];

const main = new URL("../src/main.ts", import.meta.url);

if (isNewEnough(process.versions.node)) {
  // Also keeps the sources without their types: a third of the time to the first byte.
  module.enableCompileCache();
  await import(main.href);
} else {
  const node = findPackagedNode();
  if (node === undefined) {
    console.error(
      `ampctl needs Node ${NEEDED.join(".")} or newer, this is ${process.versions.node}, and the npm package 'node' that brings one is not installed: run npm install in the project, or use a newer Node`,
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
    const manifest = module.createRequire(import.meta.url).resolve("node/package.json");
    const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
    const path = join(dirname(manifest), bin.node);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Stands in for the other Node, which starts at this same file: passes signals on and ends as it ends.
 * @param {string} node
 */
function runOn(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal's Ctrl-C reaches the child by itself; from elsewhere a signal comes to this process alone.
  const forward = (signal) => child.kill(signal);
  const wait = () => {};
  process.on("SIGINT", process.stdin.isTTY ? wait : forward);
  process.on("SIGTERM", forward);
  process.on("SIGHUP", forward);
  child.on("error", (error) => {
    console.error(`ampctl cannot start ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(name);
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}
