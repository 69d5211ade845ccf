import { ProviderInUseError, ProviderNotFoundError } from "../domain/errors.ts";
import { keepSecrets, parseProvider, requireProviderName } from "../domain/provider.ts";
import type { Database } from "./database.ts";
import { Prisma, type Provider } from "./generated/client.ts";

/** `config` holds secrets: show it through `publicConfig` only. */
export type ProviderRow = Omit<Provider, "config"> & { readonly config: Record<string, unknown> };

const PROVIDER_COLUMNS = Prisma.raw(`
  name, kind, network, config, created_at as "createdAt", updated_at as "updatedAt"`);

/**
 * Creates or replaces a provider; secrets that the new fields leave out stay.
 * @throws InvalidProviderNameError
 * @throws InvalidArgumentError naming the field that is wrong
 */
export async function registerProvider(
  database: Database,
  name: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<ProviderRow> {
  requireProviderName(name);
  const before = await database.prisma.provider.findUnique({ where: { name } });
  const config = before === null ? { ...fields } : keepSecrets(toRow(before).config, fields);
  const { network } = parseProvider(config);
  const [row] = await database.prisma.$queryRaw<Provider[]>`
    with registered as (
      insert into provider (name, kind, network, config)
      values (${name}, 'evm-rpc', ${network}, ${JSON.stringify(config)}::jsonb)
      on conflict (name) do update set kind = excluded.kind, network = excluded.network, config = excluded.config,
        updated_at = now()
      returning *
    ), woken as (select count(pg_notify('amp', 'provider')::text) from registered)
    select ${PROVIDER_COLUMNS} from registered, woken`;
  if (row === undefined) throw new ProviderNotFoundError(name);
  return toRow(row);
}

export async function listProviders(database: Database, filter: { network?: string } = {}): Promise<ProviderRow[]> {
  const rows = await database.prisma.provider.findMany({ where: filter, orderBy: { name: "asc" } });
  return rows.map(toRow);
}

export async function findProvider(database: Database, name: string): Promise<ProviderRow | undefined> {
  const row = await database.prisma.provider.findUnique({ where: { name } });
  return row === null ? undefined : toRow(row);
}

/**
 * Removes a provider.
 * @throws ProviderNotFoundError
 * @throws ProviderInUseError when it is the last one of a network that an active job needs
 */
export async function removeProvider(database: Database, name: string): Promise<ProviderRow> {
  const [removed] = await database.prisma.$queryRaw<Provider[]>`
    with removed as (
      delete from provider p where p.name = ${name} and (
        exists (select from provider other where other.network = p.network and other.name <> p.name)
        or not exists (select from job j join manifest m on m.hash = j.manifest_hash
          where m.network = p.network and j.status in ('SCHEDULED', 'RUNNING', 'STOP_REQUESTED', 'STOPPING'))
      ) returning *
    ), woken as (select count(pg_notify('amp', 'provider')::text) from removed)
    select ${PROVIDER_COLUMNS} from removed, woken`;
  if (removed !== undefined) return toRow(removed);
  const inUse = await findProvider(database, name);
  throw inUse === undefined ? new ProviderNotFoundError(name) : new ProviderInUseError(name, inUse.network);
}

function toRow(row: Provider): ProviderRow {
  // Only objects are ever written to this column.
  return { ...row, config: row.config as Record<string, unknown> };
}
