import { describe, expect, test } from "vitest";
import { ampctl } from "./run-ampctl.ts";
import { report } from "./stable.ts";

/** Every reading command, as text and as JSON. */
const COMMANDS = [
  "job list",
  "jobs ls --status all",
  "job list -s failed,completed -l 1",
  "job list -s all --after 3",
  "job list -s all --dataset mainnet",
  "job list -s all --worker worker-1 --since 7d",
  "job inspect 1",
  "job get 2",
  "job inspect 3",
  "job inspect 4",
  "job progress 1",
  "job progress 2",
  "job events 1",
  "job events 2",
  "job events 3",
  "dataset list",
  "datasets ls",
  "dataset versions mainnet",
  "dataset inspect mainnet",
  "dataset get eth/far",
  "dataset inspect _/mainnet@dev",
  "provider list",
  "worker list",
  "worker inspect worker-1",
  "table list mainnet",
  "table inspect mainnet logs",
  "table files mainnet blocks",
  "server",
];

describe("text", () => {
  test.each(COMMANDS)("ampctl %s", async (line) => {
    expect(report(await ampctl(line))).toMatchSnapshot();
  });
});

describe("JSON", () => {
  test.each(COMMANDS)("ampctl %s --json", async (line) => {
    const ended = await ampctl(`${line} --json`);
    expect(ended.stdout.endsWith("\n") && ended.stdout.indexOf("\n") === ended.stdout.length - 1).toBe(true);
    expect(report(ended)).toMatchSnapshot();
  });
});
