import fc from "fast-check";

type Schema = Readonly<Record<string, unknown>>;
type Resolve = (reference: string) => Schema;

/** Values that a JSON Schema of the document allows, of those parts that requests use. */
export function valuesOf(schema: Schema, resolve: Resolve): fc.Arbitrary<unknown> {
  if (typeof schema.$ref === "string") return valuesOf(resolve(schema.$ref), resolve);
  if (Array.isArray(schema.anyOf)) return fc.oneof(...schema.anyOf.map((one: Schema) => valuesOf(one, resolve)));
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const types = [schema.type].flat();
  return fc.oneof(...types.map((type) => valuesOfType(type, schema, resolve)));
}

function valuesOfType(type: unknown, schema: Schema, resolve: Resolve): fc.Arbitrary<unknown> {
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return integers(schema);
    case "string":
      return strings(schema);
    case "object":
      return objects(schema, resolve);
    default:
      // Of any form.
      return fc.jsonValue();
  }
}

function integers({ minimum, maximum, format }: Schema): fc.Arbitrary<unknown> {
  const most = format === "int64" ? 2n ** 63n - 1n : BigInt(Number.MAX_SAFE_INTEGER);
  const bounds = {
    min: minimum === undefined ? -most : BigInt(Number(minimum)),
    max: maximum === undefined ? most : BigInt(Number(maximum)),
  };
  return fc.oneof(fc.bigInt(bounds), fc.bigInt({ ...bounds, max: bounds.max < 60n ? bounds.max : 60n })).map(String);
}

function strings({ pattern, minLength = 0, maxLength = 30 }: Schema): fc.Arbitrary<string> {
  if (typeof pattern === "string") return fc.stringMatching(new RegExp(pattern), { size: "small" });
  return fc.string({ unit: "grapheme", minLength: Number(minLength), maxLength: Math.min(Number(maxLength), 30) });
}

function objects({ properties = {}, required = [] }: Schema, resolve: Resolve): fc.Arbitrary<unknown> {
  const values = Object.entries(properties as Readonly<Record<string, Schema>>).map(
    ([name, schema]) => [name, valuesOf(schema, resolve)] as const,
  );
  return fc.record(Object.fromEntries(values), { requiredKeys: required as never[], noNullPrototype: true });
}
