import { DatabaseUnavailableError, ProviderInUseError, ProviderNotFoundError } from "../domain/errors.ts";
import { parseProvider, requireProviderName } from "../domain/provider.ts";
import { keepSecrets } from "../domain/provider-secrets.ts";
import type { Database } from "./database.ts";
import { Prisma, type Provider } from "./generated/client.ts";

/** `config` holds secrets: show it through `publicConfig` only. */
export type ProviderRow = Omit<Provider, "config"> & { readonly config: Record<string, unknown> };

/** Each try that fails is one in which another write of the same provider succeeded. */
const MAX_TRIES = 20;

/**
 * Creates or replaces a provider; secrets that the new fields leave out stay.
 * @throws InvalidProviderNameError
 * @throws InvalidArgumentError naming the field that is wrong
 * @throws ProviderInUseError when it would leave a network that an active job needs without any
 */
export async function registerProvider(
  database: Database,
  name: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<ProviderRow> {
  requireProviderName(name);
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const before = await readVersion(database, name);
    const config = before === undefined ? { ...fields } : keepSecrets(before.config, fields);
    const written = { name, network: parseProvider(config).network, config: JSON.stringify(config) };
    const row =
      before === undefined
        ? await insertProvider(database, written)
        : await updateProvider(database, written, before.version);
    if (row !== undefined) return toProviderRow(row);
    if (before === undefined || before.network === written.network) continue;
    const now = await readVersion(database, name);
    if (now?.version === before.version) throw new ProviderInUseError(name, before.network);
  }
  throw new DatabaseUnavailableError(`provider '${name}' changes too fast to be written: try again`);
}

type Version = { readonly network: string; readonly config: Record<string, unknown>; readonly version: string };

/** A provider's fields, and the same as the database spells them, to see whether they changed since. */
async function readVersion({ prisma }: Database, name: string): Promise<Version | undefined> {
  const [row] = await prisma.$queryRaw<Version[]>`
    select network, config, config::text as version from provider where name = ${name}`;
  return row;
}

type Written = { readonly name: string; readonly network: string; readonly config: string };

async function insertProvider({ prisma }: Database, written: Written): Promise<Provider | undefined> {
  const [row] = await prisma.$queryRaw<Provider[]>`
    with written as (
      insert into provider (name, kind, network, config)
      values (${written.name}, 'evm-rpc', ${written.network}, ${written.config}::jsonb)
      on conflict (name) do nothing returning *
    ) ${WAKE}`;
  return row;
}

async function updateProvider(database: Database, written: Written, version: string): Promise<Provider | undefined> {
  return writeAlone(
    database,
    Prisma.sql`
      update provider p set network = ${written.network}, config = ${written.config}::jsonb, updated_at = now()
      where name = ${written.name} and config::text = ${version}
        and (network = ${written.network} or ${CAN_DO_WITHOUT}) returning *`,
  );
}

export async function listProviders(database: Database, filter: { network?: string } = {}): Promise<ProviderRow[]> {
  const rows = await database.prisma.provider.findMany({ where: filter, orderBy: { name: "asc" } });
  return rows.map(toProviderRow);
}

/** How many providers each network has, in one read; networks without any are absent. */
export async function countProviders(database: Database, networks: readonly string[]): Promise<Map<string, number>> {
  const where = { network: { in: [...networks] } };
  const rows = await database.prisma.provider.groupBy({ by: ["network"], where, _count: true });
  return new Map(rows.map(({ network, _count }) => [network, _count]));
}

export async function findProvider(database: Database, name: string): Promise<ProviderRow | undefined> {
  const row = await database.prisma.provider.findUnique({ where: { name } });
  return row === null ? undefined : toProviderRow(row);
}

/**
 * Removes a provider.
 * @throws ProviderNotFoundError
 * @throws ProviderInUseError when it is the last one of a network that an active job needs
 */
export async function removeProvider(database: Database, name: string): Promise<ProviderRow> {
  const removed = await writeAlone(
    database,
    Prisma.sql`delete from provider p where name = ${name} and ${CAN_DO_WITHOUT} returning *`,
  );
  if (removed !== undefined) return toProviderRow(removed);
  const inUse = await findProvider(database, name);
  throw inUse === undefined ? new ProviderNotFoundError(name) : new ProviderInUseError(name, inUse.network);
}

/** The network of `p` has another provider, or no active job. */
const CAN_DO_WITHOUT = Prisma.sql`(
  exists (select from provider other where other.network = p.network and other.name <> p.name)
  or not exists (select from job j join manifest m on m.hash = j.manifest_hash
    where m.network = p.network and j.status in ('SCHEDULED', 'RUNNING', 'STOP_REQUESTED', 'STOPPING')))`;

/**
 * Runs a write that depends on the other providers while none of them can go; there are few. In the order of names, so
 * that two do not wait for each other; the write is a statement of its own, so that it sees what the first one waited for.
 */
async function writeAlone({ prisma }: Database, write: Prisma.Sql): Promise<Provider | undefined> {
  const [, [row]] = await prisma.$transaction([
    prisma.$queryRaw`select name from provider order by name for update`,
    prisma.$queryRaw<Provider[]>`with written as (${write}) ${WAKE}`,
  ]);
  return row;
}

const PROVIDER_COLUMNS = Prisma.raw(`
  name, kind, network, config, created_at as "createdAt", updated_at as "updatedAt"`);

/** Ends every write: tells the workers, and answers with the rows of `written`. */
const WAKE = Prisma.sql`
  , woken as (select count(pg_notify('amp', 'provider')::text) from written)
  select ${PROVIDER_COLUMNS} from written, woken`;

/** A row as Prisma reads it. */
export function toProviderRow(row: Provider): ProviderRow {
  // Only objects are ever written to this column.
  return { ...row, config: row.config as Record<string, unknown> };
}
