import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSchema } from "graphql";
import { expect, onTestFinished, test } from "vitest";
import { InvalidConfigError } from "../../domain/errors.ts";
import { readPersistedOperations } from "./read-persisted-operations.ts";

const schema = buildSchema("type Query { version: String me: Query }");

const hashOf = (document: string) => createHash("sha256").update(document).digest("hex");

async function fileOf(content: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "persisted-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "operations.json");
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

test("the operations of a file are read", async () => {
  const documents = ["{ version }", "query A { version } query B { me { version } }"];
  const path = await fileOf(Object.fromEntries(documents.map((document) => [hashOf(document), document])));
  expect([...(await readPersistedOperations(path, schema))]).toEqual(documents.map((each) => [hashOf(each), each]));
});

test("every fault of a file is told at once", async () => {
  const deep = `{ ${"me { ".repeat(20)} version ${"}".repeat(21)}`;
  const fragment = "fragment F on Query { version }";
  const path = await fileOf({
    [hashOf("{ nope }")]: "{ nope }",
    [hashOf("{")]: "{",
    [hashOf("other")]: "{ version }",
    short: "{ version }",
    [hashOf(deep)]: deep,
    [hashOf(fragment)]: fragment,
    [hashOf("1")]: 1,
  });
  const error = await readPersistedOperations(path, schema).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InvalidConfigError);
  expect(String(error).split("\n").slice(1).toSorted()).toEqual(
    [
      `${hashOf("{ nope }")}: Cannot query field "nope" on type "Query".`,
      `${hashOf("{")}: Syntax Error: Expected Name, found <EOF>.`,
      `${hashOf("other")}: the document's SHA-256 is ${hashOf("{ version }")}`,
      `short: the key is to be the document's SHA-256 in 64 lower-case hex digits: ${hashOf("{ version }")}`,
      `${hashOf(deep)}: the query is too deep: 21 fields within each other, 16 at most`,
      `${hashOf(fragment)}: Fragment "F" is never used.`,
      `${hashOf(fragment)}: the document has no operation`,
      `${hashOf("1")}: the document is to be a text, not 1`,
    ].toSorted(),
  );
});

test.each([
  ["no JSON", "{"],
  ["a list", "[]"],
  ["null", "null"],
])("a file that is %s is refused by its name", async (_what, content) => {
  const path = await fileOf(content);
  await expect(readPersistedOperations(path, schema)).rejects.toThrow(InvalidConfigError);
  await expect(readPersistedOperations(path, schema)).rejects.toThrow(path);
});

test("a file that is not there is refused by its name", async () => {
  await expect(readPersistedOperations("/nowhere.json", schema)).rejects.toThrow(/\/nowhere\.json.*ENOENT/);
});
