import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { widthOf } from "../src/output/width.ts";
import { ampctl } from "./run-ampctl.ts";
import { stable } from "./stable.ts";

const COMMANDS = ["job list -s all", "job events 2", "dataset list", "dataset versions mainnet", "worker list"];
/** They tell of ports, ids and folders, which are others in each run, also where they are cut off. */
const CHANGING = ["provider list", "table list mainnet", "table files mainnet blocks --all"];

describe.each([100, 60, 40])("on a terminal %i wide", (columns) => {
  const shown = async (line: string): Promise<string> => {
    const text = stripVTControlCharacters((await ampctl(line, { columns })).stdout);
    for (const row of text.split("\n")) expect(widthOf(row), row).toBeLessThanOrEqual(columns);
    return text;
  };

  test.each(COMMANDS)("ampctl %s fits", async (line) => {
    expect(stable(await shown(line))).toMatchSnapshot();
  });

  test.each(CHANGING)("ampctl %s fits", async (line) => {
    expect((await shown(line)).trimEnd().split("\n").length).toBeGreaterThan(2);
  });
});

test("what is told of one thing goes on below itself where it is too long", async () => {
  const { stdout } = await ampctl("job inspect 2 --no-color", { columns: 60 });
  expect(stable(stdout)).toMatchSnapshot();
});

test("colour is for terminals", async () => {
  const start = "\u001b[";
  expect((await ampctl("job list -s all", { columns: 100 })).stdout).toContain(`${start}32mCOMPLETED`);
  expect((await ampctl("job list -s all")).stdout).not.toContain(start);
});

test.each([
  ["--no-color", "job list -s all --no-color", {}],
  ["NO_COLOR", "job list -s all", { NO_COLOR: "1" }],
  ["a terminal that knows none", "job list -s all", { TERM: "dumb" }],
])("%s turns it off", async (_, line, env) => {
  expect((await ampctl(line, { columns: 100, env })).stdout).not.toContain("\u001b");
});

test("errors are coloured like results, and their terminal is stderr", async () => {
  expect((await ampctl("job inspect 99", { columns: 100 })).stderr).toContain("\u001b[31m✗");
  expect((await ampctl("job inspect 99 --no-color", { columns: 100 })).stderr).not.toContain("\u001b");
});

test("no control character of the server's data reaches a terminal", async () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;
  const { stdout } = await ampctl("job events 3 --no-color", { columns: 200 });
  expect(stdout).toContain("wiped");
  expect(stdout).not.toMatch(controls);
});

test("a terminal that does not tell its width is asked by COLUMNS", async () => {
  const { stdout } = await ampctl("job list -s all --no-color", { columns: 0, env: { COLUMNS: "40" } });
  for (const row of stdout.split("\n")) expect(row.length).toBeLessThanOrEqual(40);
});
