/** Writes `schema.graphql`, the printed contract; with `--check` it writes nothing and exits with 1 where it differs. */
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { lexicographicSortSchema, printSchema } from "graphql";
import { schema } from "./schema.ts";

const FILE = resolve(import.meta.dirname, "../../../../schema.graphql");

const printed = `${printSchema(lexicographicSortSchema(schema))}\n`;
if (!process.argv.includes("--check")) {
  await writeFile(FILE, printed);
} else if (printed !== (await readFile(FILE, "utf8"))) {
  process.stderr.write("schema.graphql is not what the code says: run `npm run schema` and commit it\n");
  process.exitCode = 1;
}
