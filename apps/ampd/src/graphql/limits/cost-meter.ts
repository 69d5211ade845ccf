import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getOperationAST,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { FieldFacts } from "./field-cost.ts";
import { VariableReader, type Variables } from "./variable-reader.ts";

/** Of connections; each says it in its description. */
const DEFAULT_PAGE = 50;

/**
 * An upper bound of what an operation makes the server do, in values that it resolves: a field costs 1, a statement to
 * the database `STATEMENT_COST`, and what stands within a list as often as the list may be long. What is asked for twice
 * counts twice, and so does what stands in fragments on types that exclude each other.
 *
 * Not Pothos' complexity plugin: it multiplies what stands beside the rows (`totalCount`) by their number, counts what
 * `@skip` leaves out, takes the first operation of a document whatever its name, and decodes arguments as a resolver does,
 * so that one bad global id ends the count.
 */
export class CostMeter {
  readonly #schema: GraphQLSchema;
  readonly #facts: FieldFacts;
  /** Of operations that no variable makes dearer. */
  readonly #constant = new WeakMap<OperationDefinitionNode, number>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
    this.#facts = new FieldFacts(schema);
  }

  /** @returns undefined for a name that no operation has, which the execution refuses */
  measure(document: DocumentNode, operationName: string | null | undefined, variables: Variables): number | undefined {
    const operation = getOperationAST(document, operationName);
    if (!operation) return undefined;
    const known = this.#constant.get(operation);
    if (known !== undefined) return known;
    const reader = new VariableReader(operation, variables);
    const count = new Count(document, { schema: this.#schema, facts: this.#facts, reader });
    const cost = count.ofOperation(operation);
    if (!reader.isUsed) this.#constant.set(operation, cost);
    return cost;
  }
}

type CountParts = { readonly schema: GraphQLSchema; readonly facts: FieldFacts; readonly reader: VariableReader };

/** One operation with its variables. */
class Count {
  readonly #schema: GraphQLSchema;
  readonly #facts: FieldFacts;
  readonly #variables: VariableReader;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  /** By name and page: a fragment that is used often is counted once. */
  readonly #known = new Map<string, number>();

  constructor({ definitions }: DocumentNode, { schema, facts, reader }: CountParts) {
    this.#schema = schema;
    this.#facts = facts;
    this.#variables = reader;
    for (const each of definitions) {
      if (each.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(each.name.value, each);
    }
  }

  ofOperation({ operation, selectionSet }: OperationDefinitionNode): number {
    const root = this.#schema.getRootType(operation);
    return root ? this.#ofSelections(selectionSet, root, undefined) : 0;
  }

  /** @param page how many rows the enclosing connection has, directly within one */
  #ofSelections({ selections }: SelectionSetNode, parent: GraphQLCompositeType, page: number | undefined): number {
    let cost = 0;
    for (const selection of selections) {
      if (this.#isLeftOut(selection.directives)) continue;
      if (selection.kind === Kind.FIELD) cost += this.#ofField(selection, parent, page);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) cost += this.#ofFragment(selection.name.value, page);
      else cost += this.#ofSelections(selection.selectionSet, this.#typeOf(selection) ?? parent, page);
    }
    return cost;
  }

  #ofFragment(name: string, page: number | undefined): number {
    const key = `${name} ${page}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    // Met again inside itself it adds nothing: validation has refused the circle.
    this.#known.set(key, 0);
    const fragment = this.#fragments.get(name);
    const type = fragment && this.#typeOf(fragment);
    const cost = fragment && type ? this.#ofSelections(fragment.selectionSet, type, page) : 0;
    this.#known.set(key, cost);
    return cost;
  }

  #ofField(node: FieldNode, parent: GraphQLCompositeType, page: number | undefined): number {
    const field = this.#schema.getField(parent, node.name.value);
    // Validation knows them all.
    if (field === undefined) return 1;
    const facts = this.#facts.of(field, parent);
    const ids = facts.takesIds ? this.#lengthOf(node, "ids") : 1;
    const own = facts.own * Math.max(1, ids);
    if (node.selectionSet === undefined) return own;
    const items = facts.takesIds ? ids : facts.isList ? (page ?? facts.items) : 1;
    const inner = this.#ofSelections(node.selectionSet, facts.type, facts.isPaged ? this.#pageOf(node) : undefined);
    return own + (inner === 0 ? 0 : items * inner);
  }

  #typeOf({ typeCondition }: FragmentDefinitionNode | InlineFragmentNode): GraphQLCompositeType | undefined {
    const type = typeCondition && this.#schema.getType(typeCondition.name.value);
    // Validation lets no other type have fragments.
    return type as GraphQLCompositeType | undefined;
  }

  /** As asked for: one that is too large or below zero is refused by its resolver. */
  #pageOf(node: FieldNode): number {
    const sizes = [this.#argument(node, "first"), this.#argument(node, "last")].filter(
      (size) => typeof size === "number",
    );
    return sizes.length === 0 ? DEFAULT_PAGE : Math.max(0, ...sizes);
  }

  #isLeftOut(directives: readonly DirectiveNode[] | undefined): boolean {
    if (directives === undefined || directives.length === 0) return false;
    return directives.some(({ name, arguments: given }) => {
      if (name.value !== "skip" && name.value !== "include") return false;
      return this.#variables.read(given?.find((each) => each.name.value === "if")?.value) === (name.value === "skip");
    });
  }

  /** One item may stand without its list. */
  #lengthOf(node: FieldNode, name: string): number {
    const length = this.#argument(node, name);
    return typeof length === "number" ? length : 1;
  }

  #argument({ arguments: given }: FieldNode, name: string): number | boolean | undefined {
    return this.#variables.read(given?.find((each) => each.name.value === name)?.value);
  }
}
