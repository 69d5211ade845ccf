import type { GraphQLCompositeType, GraphQLField, GraphQLNamedType, GraphQLOutputType, GraphQLSchema } from "graphql";

/** What a field costs that is more than a value of a row. */
export type FieldCost = {
  /** Itself, for each parent; a value that is at hand costs 1. */
  readonly own?: number;
  /** How long its list may be, where no argument says it. */
  readonly items?: number;
};

/**
 * A statement to the database, beside a value that is at hand: some 0.1 ms beside some 0.7 µs to resolve it and to write
 * it down (2026-11-24). Fields of Query, Mutation and Subscription, and connections, cost it without being told.
 */
export const STATEMENT_COST = 100;

/** The `extensions` of a field, for `CostMeter`. */
export function withCost(cost: FieldCost): { readonly cost: FieldCost } {
  return { cost };
}

/** Of lists whose length nothing tells: a job's tables, a dataset's versions. */
const DEFAULT_ITEMS = 10;

/** What the schema says of a field's cost. */
type Facts = {
  readonly own: number;
  readonly items: number;
  readonly isList: boolean;
  /** It is a connection. */
  readonly isPaged: boolean;
  /** It gives one item for each of the `ids`. */
  readonly takesIds: boolean;
  /** Where its selection is to be looked up, if it has one. */
  readonly type: GraphQLCompositeType;
};

/** Looks at each field of a schema once. */
export class FieldFacts {
  readonly #known = new WeakMap<GraphQLField<unknown, unknown>, Facts>();
  readonly #roots: readonly GraphQLNamedType[];

  constructor(schema: GraphQLSchema) {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    this.#roots = roots.filter((type) => type != null);
  }

  of(field: GraphQLField<unknown, unknown>, parent: GraphQLCompositeType): Facts {
    const known = this.#known.get(field);
    if (known !== undefined) return known;
    const facts = this.#find(field, parent);
    this.#known.set(field, facts);
    return facts;
  }

  #find({ name, type, args, extensions }: GraphQLField<unknown, unknown>, parent: GraphQLCompositeType): Facts {
    const takes = (argument: string) => args.some((each) => each.name === argument);
    const isPaged = takes("first");
    const isStatement = isPaged || (this.#roots.includes(parent) && !name.startsWith("__"));
    // Nothing but `withCost` writes it.
    const noted = (extensions.cost as FieldCost | undefined) ?? {};
    return {
      ...unwrap(type),
      own: noted.own ?? (isStatement ? STATEMENT_COST : 1),
      items: noted.items ?? DEFAULT_ITEMS,
      isPaged,
      takesIds: takes("ids"),
    };
  }
}

/** Without graphql's own functions, which refuse types of its other build: one process may load both. */
function unwrap(type: GraphQLOutputType): Pick<Facts, "isList" | "type"> {
  let isList = false;
  let inner: GraphQLOutputType = type;
  while ("ofType" in inner) {
    isList ||= inner[Symbol.toStringTag] === "GraphQLList";
    inner = inner.ofType;
  }
  // Asked of fields with a selection, which no other type has.
  return { isList, type: inner as GraphQLCompositeType };
}
