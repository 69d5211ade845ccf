import { Kind, type OperationDefinitionNode, type ValueNode } from "graphql";

export type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** Variables as they are sent: one that does not fit its type keeps the operation from being executed at all. */
export class VariableReader {
  isUsed = false;
  readonly #given: Variables;
  readonly #defaults: ReadonlyMap<string, ValueNode | undefined>;

  constructor({ variableDefinitions }: OperationDefinitionNode, given: Variables) {
    this.#given = given;
    this.#defaults = new Map(
      variableDefinitions?.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]),
    );
  }

  /** An integer, the length of a list, or a truth value; undefined for all else. */
  read(node: ValueNode | undefined): number | boolean | undefined {
    switch (node?.kind) {
      case Kind.INT:
        return Number(node.value);
      case Kind.BOOLEAN:
        return node.value;
      case Kind.LIST:
        return node.values.length;
      case Kind.VARIABLE: {
        this.isUsed = true;
        const name = node.name.value;
        if (this.#given == null || !Object.hasOwn(this.#given, name)) return this.read(this.#defaults.get(name));
        const value = this.#given[name];
        if (Array.isArray(value)) return value.length;
        return typeof value === "number" || typeof value === "boolean" ? value : undefined;
      }
      default:
        return undefined;
    }
  }
}
