import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROUTES } from "../../../src/rest/table/table.ts";
import { openDatabase } from "../../../src/store/database.ts";
import { createDatabase, createMigratedDatabase } from "../../databases.ts";
import { openWay } from "../../way-to-database.ts";
import { type Client, serve } from "../rest-server.ts";
import { documentedAnswers, shownAnswers } from "./coverage.ts";
import { play } from "./play.ts";
import { DATABASE_GONE, SETUPS, type Stage } from "./setups.ts";
import { parseTranscript, type Step, TranscriptError } from "./transcript.ts";

const FILES = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".http"));

/** What no request can bring about, each with its reason. */
const NOT_PROVOKED: readonly { readonly answer: RegExp; readonly why: string }[] = [
  { answer: / 500 INTERNAL$/, why: "a bug; table.test.ts plays one" },
  {
    answer: /^(PUT \/jobs\/:id\/stop|POST \S+\/deploy) 409 JOB_CONFLICT$/,
    why: "others change the same job, or jobs of the same dataset, between the statements of five tries in a row",
  },
];

function read(file: string): Step[] {
  try {
    return parseTranscript(readFileSync(resolve(import.meta.dirname, file), "utf8"));
  } catch (error) {
    throw error instanceof TranscriptError ? new Error(`${file}:${error.line}: ${error.message}`) : error;
  }
}

/** A fresh database for a transcript. */
async function openStage(steps: readonly Step[]): Promise<Stage> {
  const isCut = steps.some((step) => step.kind === "setup" && step.name === DATABASE_GONE);
  const way = isCut ? await openWay(await createMigratedDatabase()) : undefined;
  const database = await (way === undefined
    ? createDatabase("pglite")
    : openDatabase({ kind: "postgres", url: way.url }));
  onTestFinished(() => database.close());
  return { database, bindings: new Map(), ...(way === undefined ? {} : { cutDatabase: way.cut }) };
}

async function perform(step: Step, stage: Stage, rest: Client): Promise<string[]> {
  if (step.kind === "exchange") return play(step, rest, stage.bindings);
  const setup = SETUPS[step.name];
  if (setup === undefined) throw new Error(`${step.line}: the setup '${step.name}' is not in setups.ts`);
  await setup(stage);
  return [];
}

test.each(FILES)("the answers are those of %s", async (file) => {
  const steps = read(file);
  const stage = await openStage(steps);
  const rest = await serve(stage.database);
  const differences: string[] = [];
  for (const step of steps) {
    const found = await perform(step, stage, rest).catch((error: Error) => [`${step.line}: ${error.message}`]);
    differences.push(...found);
  }
  if (differences.length > 0) expect.fail(differences.map((line) => line.replace(/^\d/, `${file}:$&`)).join("\n"));
});

test("every answer that the table documents is in a transcript", () => {
  const shown = FILES.flatMap(read).flatMap((step) => (step.kind === "exchange" ? shownAnswers(step, ROUTES) : []));
  const documented = ROUTES.flatMap(documentedAnswers);
  const missing = documented.filter(
    (answer) => !shown.includes(answer) && !NOT_PROVOKED.some((one) => one.answer.test(answer)),
  );
  expect(missing).toEqual([]);
});

test("what is said not to be provoked is not", () => {
  const documented = ROUTES.flatMap(documentedAnswers);
  for (const { answer, why } of NOT_PROVOKED)
    expect(
      documented.some((one) => answer.test(one)),
      why,
    ).toBe(true);
});
