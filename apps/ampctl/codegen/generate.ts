import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codegen } from "@graphql-codegen/core";
import * as documentsPlugin from "@graphql-codegen/typed-document-node";
import * as operationsPlugin from "@graphql-codegen/typescript-operations";
import { buildSchema, parse } from "graphql";

const ROOT = join(import.meta.dirname, "..");
const DOCUMENTS = join(ROOT, "src/documents");
const TARGET = join(ROOT, "src/generated/api.ts");
const SCHEMA = join(ROOT, "../../schema.graphql");

const CONFIG = {
  useTypeImports: true,
  enumsAsTypes: true,
  // Text and types alone: no command loads GraphQL's parser.
  documentMode: "string",
  dedupeFragments: true,
  scalars: {
    BigInt: { input: "string", output: "string" },
    DateTime: { input: "string", output: "string" },
    JSON: { input: "unknown", output: "unknown" },
  },
};

const schema = await readFile(SCHEMA, "utf8");
const names = (await readdir(DOCUMENTS)).filter((name) => name.endsWith(".graphql")).sort();
const documents = await Promise.all(
  names.map(async (name) => ({ location: name, document: parse(await readFile(join(DOCUMENTS, name), "utf8")) })),
);
/** Every document is validated against the contract: one that it does not allow fails here. */
const code = await codegen({
  filename: TARGET,
  schema: parse(schema),
  schemaAst: buildSchema(schema),
  documents,
  config: CONFIG,
  plugins: [{ operations: {} }, { documents: {} }],
  pluginMap: { operations: operationsPlugin, documents: documentsPlugin },
});
await mkdir(dirname(TARGET), { recursive: true });
await writeFile(TARGET, code);
