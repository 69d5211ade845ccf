import {
  getIntrospectionQuery,
  type IntrospectionField,
  type IntrospectionInputValue,
  type IntrospectionQuery,
} from "graphql";
import { expect, test } from "vitest";
import { JOB_STATUSES } from "../../src/domain/job.ts";
import { useDatabase } from "../store-fixtures.ts";
import { dataOf, startGraphql } from "./start-graphql.ts";

const ROOTS = ["Query", "Mutation", "Subscription"];
const BUILT_IN = ["Boolean", "Float", "ID", "Int", "String"];

/** Fields whose name and type say it all; every other one needs a description. */
const PLAIN_FIELDS = [
  "id",
  "name",
  "namespace",
  "datasetName",
  "datasetNamespace",
  "network",
  "createdAt",
  "updatedAt",
  "number",
  "jobNumber",
  "status",
  "jobStatus",
  "job",
  "dataset",
  "manifest",
  "provider",
  "edges",
  "node",
  "nodes",
  "cursor",
  "pageInfo",
];

const database = useDatabase("pglite");

/** What a client's tools are told of the schema, without GraphQL's own part. */
async function introspect() {
  const graphql = await startGraphql(database());
  // The answer has the form that the query asks for.
  const { __schema } = (await dataOf(graphql, getIntrospectionQuery())) as unknown as IntrospectionQuery;
  return __schema.types.filter(({ name }) => !name.startsWith("__") && !BUILT_IN.includes(name));
}

type Type = Awaited<ReturnType<typeof introspect>>[number];

function fieldsOf(type: Type): readonly (IntrospectionField | IntrospectionInputValue)[] {
  if (type.kind === "OBJECT" || type.kind === "INTERFACE") return type.fields;
  return type.kind === "INPUT_OBJECT" ? type.inputFields : [];
}

const hasNone = ({ description }: { description?: string | null | undefined }) => (description ?? "").trim() === "";

test("every type has a description", async () => {
  const types = await introspect();
  expect(types.length).toBeGreaterThan(40);
  expect(types.filter(hasNone).map(({ name }) => name)).toEqual([]);
});

test("every query, mutation and subscription has a description", async () => {
  const fields = (await introspect()).filter(({ name }) => ROOTS.includes(name)).flatMap(fieldsOf);
  expect(fields.length).toBeGreaterThan(20);
  expect(fields.filter(hasNone).map(({ name }) => name)).toEqual([]);
});

test("every other field whose name does not say it all has a description", async () => {
  const missing = (await introspect()).flatMap((type) =>
    fieldsOf(type)
      .filter((field) => hasNone(field) && !PLAIN_FIELDS.includes(field.name))
      .map((field) => `${type.name}.${field.name}`),
  );
  expect(missing).toEqual([]);
});

test("every field that may be null says when", async () => {
  const outputs = (await introspect()).filter(({ kind }) => kind === "OBJECT" || kind === "INTERFACE");
  const nullable = outputs.flatMap((type) =>
    fieldsOf(type)
      .filter((field) => field.type.kind !== "NON_NULL")
      .map((field) => ({ name: `${type.name}.${field.name}`, description: field.description ?? "" })),
  );
  expect(nullable.length).toBeGreaterThan(10);
  const isSaid = ({ description }: { description: string }) => /\bnull\b|where (that is )?known/i.test(description);
  expect(nullable.filter((field) => !isSaid(field)).map(({ name }) => name)).toEqual([]);
});

test("every enum value has a description, but for error codes and for statuses among the events", async () => {
  const missing = (await introspect()).flatMap((type) =>
    type.kind === "ENUM" ? type.enumValues.filter(hasNone).map(({ name }) => ({ type: type.name, name })) : [],
  );
  // A code is described by the type that carries it, a status by `JobStatus`.
  const events = missing.filter(({ type }) => type === "JobEventType").map(({ name }) => name);
  expect(events.toSorted()).toEqual(JOB_STATUSES.toSorted());
  expect(missing.filter(({ type }) => type !== "JobEventType" && type !== "ErrorCode")).toEqual([]);
});

test("a mutation takes one input of its own and answers with a union of its payload and refusals", async () => {
  const types = new Map((await introspect()).map((type) => [type.name, type]));
  const mutation = types.get("Mutation");
  if (mutation?.kind !== "OBJECT") throw new Error("there are no mutations");
  for (const { name, args, type } of mutation.fields) {
    const capitalized = name.charAt(0).toUpperCase() + name.slice(1);
    const named = (typeName: string) => ({ kind: "NON_NULL", ofType: expect.objectContaining({ name: typeName }) });
    expect(args).toMatchObject([{ name: "input", type: named(`${capitalized}Input`) }]);
    expect(type).toMatchObject(named(`${capitalized}Result`));
    const result = types.get(`${capitalized}Result`);
    if (result?.kind !== "UNION") throw new Error(`${capitalized}Result is no union`);
    const others = result.possibleTypes.filter((member) => member.name !== `${capitalized}Payload`);
    expect(others).toHaveLength(result.possibleTypes.length - 1);
    for (const refusal of others) {
      expect(types.get(refusal.name)).toMatchObject({ interfaces: [{ name: "Error" }] });
    }
  }
});
