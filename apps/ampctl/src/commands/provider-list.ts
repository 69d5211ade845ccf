import { allPages } from "../client/all-pages.ts";
import { query } from "../client/graphql.ts";
import { getJsonText } from "../client/rest.ts";
import type { Context } from "../context.ts";
import { ProviderListDocument } from "../generated/api.ts";
import { type Cell, NONE } from "../output/cell.ts";
import type { Column } from "../output/table.ts";
import { formatAge } from "../output/units.ts";

const COLUMNS: readonly Column[] = [
  { header: "NAME", least: 8 },
  { header: "NETWORK", least: 8 },
  { header: "KIND", dropAt: 2 },
  { header: "URL", least: 16, dropAt: 1 },
  { header: "UPDATED", align: "right", dropAt: 3 },
];

/** `ampctl provider list` */
export async function providerList({ server, output, io, isJson }: Context): Promise<undefined> {
  if (isJson) {
    output.rawJson(await getJsonText(server, "/providers"));
    return;
  }
  const providers = await allPages(async (after) => (await query(server, ProviderListDocument, { after })).providers);
  const now = io.now();
  const rows = providers.map(({ name, network, kind, config, updatedAt }) => [
    name,
    network,
    kind,
    urlCell(config),
    `${formatAge(new Date(updatedAt), now)} ago`,
  ]);
  output.table(COLUMNS, rows, "no providers are registered");
}

function urlCell(config: unknown): Cell {
  const url = typeof config === "object" && config !== null && "url" in config ? config.url : undefined;
  return typeof url === "string" ? url : NONE;
}
