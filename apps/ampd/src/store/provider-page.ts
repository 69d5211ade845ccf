import type { Database } from "./database.ts";
import type { NamePage } from "./name-page.ts";
import { type ProviderRow, toProviderRow } from "./provider.ts";

/** A page of the providers by name, in that order whatever the direction of reading. */
export async function pageProviders(database: Database, page: NamePage<string>): Promise<ProviderRow[]> {
  const { limit, after, before, fromEnd = false } = page;
  const rows = await database.prisma.provider.findMany({
    where: {
      name: { ...(after === undefined ? {} : { gt: after }), ...(before === undefined ? {} : { lt: before }) },
    },
    orderBy: { name: fromEnd ? "desc" : "asc" },
    take: limit,
  });
  const providers = rows.map(toProviderRow);
  return fromEnd ? providers.reverse() : providers;
}

export function countAllProviders(database: Database): Promise<number> {
  return database.prisma.provider.count();
}

/** Those of the providers that there are, in any order. */
export async function findProviders(database: Database, names: readonly string[]): Promise<ProviderRow[]> {
  const rows = await database.prisma.provider.findMany({ where: { name: { in: [...names] } } });
  return rows.map(toProviderRow);
}
