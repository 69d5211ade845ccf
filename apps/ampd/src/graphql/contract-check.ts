/**
 * Compares `schema.graphql` with the contract that was released last: exits with 1 for a change that breaks a promise, and
 * for what a contract must not lack. With `--release` the schema becomes the released contract.
 */
import { copyFile, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { buildSchema } from "graphql";
import { compareContracts, findContractFaults } from "./contract.ts";

const CURRENT = resolve(import.meta.dirname, "../../../../schema.graphql");
const RELEASED = resolve(import.meta.dirname, "released.graphql");

if (process.argv.includes("--release")) await copyFile(CURRENT, RELEASED);
else {
  const [released, current] = await Promise.all([readSchema(RELEASED), readSchema(CURRENT)]);
  const today = new Date().toISOString().slice(0, 10);
  const { refused, allowed, dangerous } = compareContracts(released, current, today);
  const faults = findContractFaults(current);
  tell("refused", [...refused, ...faults]);
  tell("allowed", allowed);
  tell("allowed, and may surprise a client", dangerous);
  if (refused.length + faults.length > 0) process.exitCode = 1;
}

async function readSchema(path: string) {
  return buildSchema(await readFile(path, "utf8"));
}

function tell(verdict: string, changes: readonly string[]): void {
  for (const change of changes) process.stdout.write(`${verdict}: ${change}\n`);
}
