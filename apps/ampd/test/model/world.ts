import { randomUUID } from "node:crypto";
import type { Database } from "../../src/store/database.ts";
import type { Deployment } from "../../src/store/job-deploy.ts";
import type { Ownership } from "../../src/store/job-own.ts";
import { addFirstStore } from "../../src/store/object-store.ts";
import type { PublishedFile } from "../../src/store/segment.ts";
import type { TableRow } from "../../src/store/table.ts";
import { makeDeployment } from "../store-fixtures.ts";
import { DATASETS, NODES, type Owner } from "./state.ts";

/** The real store, and which of its numbers and UUIDs the model's indexes stand for. */
export type World = {
  readonly database: Database;
  readonly deployments: readonly Deployment[];
  /** Where the tables lie. */
  readonly storeId: string;
  numbers: bigint[];
  readonly incarnations: string[];
  /** The node of each process. */
  readonly nodes: number[];
  /** By the dataset that they belong to, as their first owner got them. */
  readonly tables: Map<string, TableRow>;
  readonly segments: (readonly PublishedFile[])[];
};

/**
 * What runs thousands of times, as functions, whose plans are kept: on PGlite planning is most of the time (a snapshot
 * 4.2 ms without, a fresh start by TRUNCATE 50 ms; 2026-11-24).
 */
const FUNCTIONS = [
  `create function model_snapshot() returns jsonb language plpgsql as $$ begin return jsonb_build_object(
    'jobs', (select coalesce(jsonb_agg(to_jsonb(j) || jsonb_build_object('waits', next_attempt_at > now(),
      'overdue', stop_deadline < now()) order by number), '[]') from job j),
    'events', (select coalesce(jsonb_agg(to_jsonb(e) order by sequence), '[]') from job_event e),
    'tables', (select coalesce(jsonb_agg(to_jsonb(t) order by id), '[]') from dataset_table t),
    'files', (select coalesce(jsonb_agg(to_jsonb(f) order by table_id, start_block, id), '[]') from table_file f),
    'pending', (select coalesce(jsonb_agg(to_jsonb(p) order by table_id, name), '[]') from pending_file p),
    'workers', (select coalesce(jsonb_agg(to_jsonb(w) || jsonb_build_object('alive', lease_until > now())
      order by node_id), '[]') from worker w)); end $$`,
  `create function model_start(nodes text[], incarnations uuid[]) returns void language plpgsql as $$ begin
    perform set_config('amp.retention', 'on', true), set_config('session_replication_role', 'replica', true);
    delete from job; delete from job_event; delete from table_file; delete from pending_file; delete from dataset_table;
    delete from worker;
    insert into worker (node_id, incarnation, lease_until, capacity, version)
    select id, incarnation, now() + interval '1 hour', 9, '1.0.0' from unnest(nodes, incarnations) as n (id, incarnation);
  end $$`,
];

/** Datasets to deploy and a store for their files; they stay from one run to the next. */
export type Ground = Pick<World, "database" | "deployments" | "storeId">;

export async function makeGround(database: Database): Promise<Ground> {
  for (const sql of FUNCTIONS) await database.prisma.$executeRawUnsafe(sql);
  const storeId = randomUUID();
  await addFirstStore(database, { id: storeId, location: "/data/files", isMarked: true });
  const deployments: Deployment[] = [];
  for (let index = 0; index < DATASETS; index += 1) deployments.push(await makeDeployment(database));
  return { database, storeId, deployments };
}

/** Empties the database of jobs and gives it three live workers. */
export async function startWorld(ground: Ground): Promise<World> {
  const incarnations: string[] = NODES.map(() => randomUUID());
  await ground.database.prisma.$queryRaw`select model_start(${[...NODES]}::text[], ${incarnations}::uuid[])::text`;
  const nodes = NODES.map((_, index) => index);
  return { ...ground, numbers: [], incarnations, nodes, tables: new Map(), segments: [] };
}

export function ownershipOf(world: World, owner: Owner): Ownership {
  return {
    job: numberOf(world, owner.job),
    attempt: owner.attempt,
    incarnation: incarnationOf(world, owner.incarnation),
  };
}

/** @throws when the model knows a job that the database does not */
export function numberOf(world: World, job: number): bigint {
  const number = world.numbers[job];
  if (number === undefined) throw new Error(`job ${job} of the model is not in the database`);
  return number;
}

/** The UUID of a process, made when it is first named. */
export function incarnationOf(world: World, index: number): string {
  const known = world.incarnations[index] ?? randomUUID();
  world.incarnations[index] = known;
  return known;
}
