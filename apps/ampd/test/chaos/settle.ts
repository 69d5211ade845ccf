import { sql } from "../cluster/sql.ts";
import { waitFor } from "../system/wait-for.ts";
import type { Scene } from "./actions.ts";
import { DATASETS } from "./datasets.ts";
import type { ClusterNode } from "./node.ts";

const TIMEOUT_MS = 180_000;
/** More jobs than this do not bring a dataset further than the last one did. */
const MAX_FINISHING_JOBS = 5;

/** Ends whatever the last steps left under way: every process is up, and the chain stands still. @returns its head */
export async function calmDown({ nodes, chain, postgres }: Scene): Promise<number> {
  await postgres.start();
  const head = await chain.freeze();
  const down = () => [...nodes.values()].filter((node) => !node.isUp).map(({ name }) => name);
  await untilEmpty("every process to be up", async () => down());
  return head;
}

/** Waits until every active job is in the hands of a live worker, or waits for its next attempt. */
export function untilOwned(databaseUrl: string): Promise<void> {
  return untilEmpty("every active job to have a live owner or a reason to wait", async () => {
    const rows = await sql<{ job: string }>(
      databaseUrl,
      `select 'job ' || j.number || ' is ' || j.status || ' (' || coalesce(j.node_id, 'no owner') || ')' as job from job j
       where status in ('SCHEDULED', 'RUNNING', 'STOP_REQUESTED', 'STOPPING') and not (
         (status = 'SCHEDULED' and next_attempt_at > now())
         or (status = 'RUNNING' and exists (select from worker w where w.incarnation = j.incarnation
           and w.lease_until > now() and w.signed_off_at is null)))`,
    );
    return rows.map(({ job }) => job);
  });
}

/**
 * Lets every dataset come to the head of the frozen chain: where no job is left that would do it, one more is deployed.
 * It goes on where chaos left the tables.
 */
export async function finishDatasets(databaseUrl: string, scene: Scene, head: number): Promise<void> {
  const deployed = new Map<string, number>();
  await untilEmpty(`every table to reach block ${head}`, async () => {
    const behind = await datasetsBehind(databaseUrl, head);
    const idle = behind.filter(({ active }) => active === 0);
    for (const { name, error } of idle) {
      const tries = (deployed.get(name) ?? 0) + 1;
      if (tries > MAX_FINISHING_JOBS) throw new Error(`${name} does not come to the head: ${error}`);
      deployed.set(name, tries);
      // A refusal is asked about again in the next round.
      const change = await anyClient(scene.nodes)?.deploy({ dataset: `_/${name}@latest`, endBlock: String(head) });
      if (change?.kind === "done") scene.ledger.note("deploy", change, { via: "settling" });
    }
    return behind.map(({ name, active, error }) => `${name} (${active} active jobs) ${error ?? ""}`);
  });
}

/** Asks every job that follows the chain to stop, and waits until all have ended. */
export async function stopAll(databaseUrl: string, scene: Scene): Promise<void> {
  await untilEmpty("every job to end", async () => {
    const rows = await sql<{ number: number; status: string }>(
      databaseUrl,
      "select number, status from job where status in ('SCHEDULED', 'RUNNING', 'STOP_REQUESTED', 'STOPPING')",
    );
    for (const { number, status } of rows) {
      if (status === "STOP_REQUESTED" || status === "STOPPING") continue;
      const change = await anyClient(scene.nodes)?.stop(number);
      if (change !== undefined) scene.ledger.note("stop", change, { via: "settling" });
    }
    return rows.map(({ number, status }) => `job ${number} is ${status}`);
  });
}

/** Waits until a list of what is still to come is empty. @throws Error that names what did not come */
export async function untilEmpty(what: string, ask: () => Promise<readonly string[]>): Promise<void> {
  let left: readonly string[] = [];
  await waitFor(
    async () => {
      left = await ask();
      return left.length === 0 ? true : undefined;
    },
    { what, timeoutMs: TIMEOUT_MS },
  ).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message} (${left.join("; ")})`, { cause: error });
  });
}

type Behind = { readonly name: string; readonly active: number; readonly error: string | null };

async function datasetsBehind(databaseUrl: string, head: number): Promise<Behind[]> {
  const names = DATASETS.map(({ name }) => name);
  return sql<Behind>(
    databaseUrl,
    `select d.name, (select count(*) from job j where j.name = d.name
        and status in ('SCHEDULED', 'RUNNING', 'STOP_REQUESTED', 'STOPPING')) as active,
      (select last_error ->> 'message' from job j where j.name = d.name order by number desc limit 1) as error
    from dataset d where d.name = any ($1::text[]) and (
      (select count(*) from dataset_table t where t.name = d.name and t.active) = 0
      or exists (select from dataset_table t where t.name = d.name and t.active and t.current_block is distinct from $2))`,
    [names, head],
  );
}

function anyClient(nodes: ReadonlyMap<string, ClusterNode>) {
  return [...nodes.values()].find(({ client }) => client !== undefined)?.client;
}
