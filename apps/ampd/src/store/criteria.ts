import { Prisma } from "./generated/client.ts";

/** One field of a filter, twice: for the database, and for a row in memory. They select the same rows. */
export type Criterion<Value, Row> = {
  readonly sql: (value: Value) => Prisma.Sql;
  readonly test: (value: Value, row: Row) => boolean;
};

/** What each field of a filter means; an absent field selects everything. */
export type Criteria<Filter, Row> = { readonly [Key in keyof Filter]-?: Criterion<NonNullable<Filter[Key]>, Row> };

/** The whole filter as a condition on a row in SQL. */
export function toCondition<Filter extends object, Row>(criteria: Criteria<Filter, Row>, filter: Filter): Prisma.Sql {
  return Prisma.join(
    [Prisma.sql`true`, ...givenKeys(criteria, filter).map((key) => sqlOf(criteria, filter, key))],
    " and ",
  );
}

/** The whole filter as a question to a row in memory; made once, it is cheap to ask. */
export function toPredicate<Filter extends object, Row>(
  criteria: Criteria<Filter, Row>,
  filter: Filter,
): (row: Row) => boolean {
  const tests = givenKeys(criteria, filter).map((key) => (row: Row) => criteria[key].test(given(filter, key), row));
  return (row) => tests.every((test) => test(row));
}

/** One field of a filter as a condition. */
export function sqlOf<Filter extends object, Row, Key extends keyof Filter>(
  criteria: Criteria<Filter, Row>,
  filter: Filter,
  key: Key,
): Prisma.Sql {
  return criteria[key].sql(given(filter, key));
}

function givenKeys<Filter extends object, Row>(criteria: Criteria<Filter, Row>, filter: Filter): (keyof Filter)[] {
  // The criteria have the filter's fields and no others.
  const keys = Object.keys(criteria) as (keyof Filter)[];
  return keys.filter((key) => filter[key] !== undefined && filter[key] !== null);
}

function given<Filter, Key extends keyof Filter>(filter: Filter, key: Key): NonNullable<Filter[Key]> {
  const value = filter[key];
  if (value === undefined || value === null) throw new Error(`the filter has no ${String(key)}`);
  return value;
}
