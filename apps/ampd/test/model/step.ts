import type { JobStatus } from "../../src/domain/job.ts";
import { ENDED, OWNED } from "./arrows.ts";
import type { Command } from "./command.ts";
import { chainOf, MAX_ATTEMPTS, type Model, type ModelRow, NODES, type Owner } from "./state.ts";

const LOST = "OwnershipLostError";

/** Does to the model what the design says that a command does. Returns what the caller is told. */
export function step(model: Model, command: Command): string {
  switch (command.kind) {
    case "deploy":
      return deploy(model, command.dataset, command.parallelism, null);
    case "retry":
      return retry(model, command.job, command.expectedVersion);
    case "stop":
      return stop(model, command.job, command.expectedVersion);
    case "remove":
      return remove(model, command.job, command.expectedVersion);
    case "prune":
      return prune(model, command.statuses, command.dryRun);
    case "claim":
      return claim(model, command);
    case "register":
      return register(model, command);
    case "reap":
      return reap(model);
    case "sweep":
      return sweep(model);
    case "open":
      return open(model, command.owner, command.slot);
    case "publish":
      return publish(model, command.owner, command.segment);
    case "passDelay":
    case "passDeadline":
      return passTime(model, command);
    case "renew":
    case "expire":
    case "signOff":
    case "drain":
      return changeWorker(model, command);
    default:
      return actAsOwner(model, command);
  }
}

function rowsOf(model: Model): { index: number; row: ModelRow }[] {
  return model.jobs.flatMap(({ row }, index) => (row === null ? [] : [{ index, row }]));
}

function move(model: Model, job: number, to: JobStatus, by: { node: string; cause?: string }): ModelRow {
  const { row, events } = model.jobs[job] ?? {};
  if (row === null || row === undefined || events === undefined) throw new Error(`the model has no job ${job}`);
  if (by.cause !== undefined) events.push(`${by.cause} by ${by.node}`);
  events.push(`${to} by ${by.node}`);
  row.status = to;
  row.version += 1;
  if (to === "SCHEDULED") row.owner = null;
  if (!ENDED.includes(to)) return row;
  const table = model.tables[row.dataset];
  row.final = table === undefined || table.files === 0 ? [] : [chainOf(table).length];
  row.owner = null;
  row.waits = false;
  return row;
}

function deploy(model: Model, dataset: number, parallelism: number, retryOf: number | null): string {
  const active = rowsOf(model).find(({ row }) => row.dataset === dataset && !ENDED.includes(row.status));
  if (active === undefined) {
    model.jobs.push({ row: newRow(dataset, parallelism, retryOf), events: ["SCHEDULED by controller"] });
    return "created";
  }
  if (active.row.status === "STOP_REQUESTED" || active.row.status === "STOPPING") return "JobStoppingError";
  return active.row.parallelism === parallelism ? "same" : "ActiveJobConflictError";
}

function newRow(dataset: number, parallelism: number, retryOf: number | null): ModelRow {
  const counters = { version: 1, attempt: 0, failures: 0 };
  const nothing = { owner: null, node: null, target: null, error: null, final: null };
  return {
    dataset,
    status: "SCHEDULED",
    ...counters,
    ...nothing,
    waits: false,
    deadline: "none",
    parallelism,
    retryOf,
  };
}

function retry(model: Model, job: number, expectedVersion: number | undefined): string {
  const row = model.jobs[job]?.row ?? null;
  if (row === null) return "JobNotFoundError";
  if (expectedVersion !== undefined && expectedVersion !== row.version) return "VersionConflictError";
  return ENDED.includes(row.status) ? deploy(model, row.dataset, row.parallelism, job) : "JobConflictError";
}

function stop(model: Model, job: number, expectedVersion: number | undefined): string {
  const row = model.jobs[job]?.row ?? null;
  if (row === null) return "JobNotFoundError";
  if (expectedVersion !== undefined && expectedVersion !== row.version) return "VersionConflictError";
  if (row.status === "SCHEDULED") move(model, job, "STOPPED", { node: "controller" });
  else if (row.status === "RUNNING") move(model, job, "STOP_REQUESTED", { node: "controller" }).deadline = "ahead";
  else return "unchanged";
  return "changed";
}

function remove(model: Model, job: number, expectedVersion: number | undefined): string {
  const row = model.jobs[job]?.row ?? null;
  if (row === null) return "nothing there";
  if (expectedVersion !== undefined && expectedVersion !== row.version) return "VersionConflictError";
  if (!ENDED.includes(row.status)) return "JobConflictError";
  removeRow(model, job);
  return "removed";
}

function removeRow(model: Model, index: number): void {
  const job = model.jobs[index];
  if (job === undefined) return;
  job.row = null;
  job.events.push("REMOVED by controller");
}

function prune(model: Model, statuses: readonly JobStatus[], dryRun: boolean): string {
  const pruned = rowsOf(model).filter(({ row }) => ENDED.includes(row.status) && statuses.includes(row.status));
  if (!dryRun) for (const { index } of pruned) removeRow(model, index);
  const count = (status: JobStatus) => pruned.filter(({ row }) => row.status === status).length;
  return `pruned ${ENDED.map((status) => `${status} ${count(status)}`).join(", ")}`;
}

function claim(model: Model, command: Extract<Command, { kind: "claim" }>): string {
  const node = model.nodes[command.node];
  const mayClaim = node?.incarnation === command.incarnation && node.alive && !node.signedOff && !node.draining;
  const waiting = rowsOf(model).filter(({ row }) => {
    const fits = !command.isElsewhere || model.tables[row.dataset]?.exists === false;
    return row.status === "SCHEDULED" && !row.waits && fits;
  });
  const claimed = mayClaim ? waiting.slice(0, command.limit) : [];
  for (const { index, row } of claimed) {
    move(model, index, "RUNNING", { node: NODES[command.node] ?? "" });
    row.attempt += 1;
    row.owner = command.incarnation;
    row.node = command.node;
    model.owners.push({ job: index, attempt: row.attempt, incarnation: command.incarnation });
  }
  return `claimed ${claimed.map(({ index, row }) => `${index} for the ${row.attempt}.`).join(", ")}`;
}

function register(model: Model, command: { node: number; incarnation: number; takeOver: boolean }): string {
  const node = model.nodes[command.node];
  if (node?.alive && !node.signedOff && !command.takeOver) return "held";
  const { incarnation } = command;
  model.nodes[command.node] = { incarnation, alive: true, signedOff: false, draining: false };
  model.processes[command.node]?.push(incarnation);
  return "registered";
}

function changeWorker(
  model: Model,
  command: { kind: "renew" | "expire" | "signOff" | "drain"; node: number; incarnation: number },
): string {
  const node = model.nodes[command.node];
  const isPresent = node !== undefined && node.incarnation === command.incarnation;
  if (command.kind === "renew") {
    if (!isPresent || node.signedOff) return "replaced";
    node.alive = true;
    return "renewed";
  }
  if (!isPresent) return "done";
  if (command.kind === "drain") node.draining = true;
  else node.alive = false;
  if (command.kind === "signOff") node.signedOff = true;
  return "done";
}

function reap(model: Model): string {
  const moved: number[] = [];
  for (const { index, row } of rowsOf(model)) {
    if (!OWNED.includes(row.status)) continue;
    const lives = model.nodes.some((node) => node.incarnation === row.owner && node.alive && !node.signedOff);
    if (lives && row.deadline !== "passed") continue;
    moved.push(index);
    const by = { node: "reaper", cause: lives ? "STOP_OVERDUE" : "LEASE_EXPIRED" };
    if (row.status !== "RUNNING") {
      move(model, index, "STOPPED", by);
      continue;
    }
    row.failures += 1;
    row.error = "LEASE_EXPIRED";
    move(model, index, row.failures >= MAX_ATTEMPTS ? "FAILED" : "SCHEDULED", by);
  }
  return `reaped ${moved.join(", ")}`;
}

function sweep(model: Model): string {
  const strays = model.segments.filter(({ state, owner }) => {
    const row = model.jobs[owner.job]?.row ?? null;
    const goesOn = row !== null && row.attempt === owner.attempt && OWNED.includes(row.status);
    return state === "pending" && !goesOn;
  });
  for (const stray of strays) stray.state = "swept";
  return `swept ${strays.length}`;
}

function passTime(model: Model, command: { kind: "passDelay" | "passDeadline"; job: number }): string {
  const row = model.jobs[command.job]?.row ?? null;
  if (row !== null && command.kind === "passDelay") row.waits = false;
  if (row !== null && command.kind === "passDeadline" && OWNED.includes(row.status) && row.deadline === "ahead") {
    row.deadline = "passed";
  }
  return "done";
}

/** The fence: the row of a job that the attempt owns now. */
function owned(model: Model, owner: Owner): ModelRow | undefined {
  const row = model.jobs[owner.job]?.row ?? null;
  if (row === null || !OWNED.includes(row.status)) return undefined;
  return row.attempt === owner.attempt && row.owner === owner.incarnation ? row : undefined;
}

type OwnerCommand = Extract<
  Command,
  { kind: "take" | "begin" | "complete" | "fail" | "handOver" | "finish" | "retryLater" | "fixTarget" }
>;

/** Where an owner's moves start. */
const STARTS: Partial<Record<OwnerCommand["kind"], JobStatus>> = {
  begin: "STOP_REQUESTED",
  finish: "STOPPING",
  fail: "RUNNING",
  handOver: "RUNNING",
  retryLater: "RUNNING",
};

function actAsOwner(model: Model, command: OwnerCommand): string {
  const { owner } = command;
  const row = owned(model, owner);
  const start = STARTS[command.kind];
  if (row === undefined || (start !== undefined && row.status !== start)) return LOST;
  const node = NODES[row.node ?? -1] ?? "";
  const go = (to: JobStatus, cause?: string) =>
    move(model, owner.job, to, cause === undefined ? { node } : { node, cause });
  switch (command.kind) {
    case "take": {
      const table = model.tables[row.dataset];
      if (table !== undefined) Object.assign(table, { exists: true, writer: owner.job });
      return "done";
    }
    case "fixTarget":
      row.target ??= command.block;
      return `target ${row.target}`;
    case "begin":
      go("STOPPING");
      return "done";
    case "finish":
      go("STOPPED", command.failed ? "STOP_FAILED" : undefined);
      return "done";
    case "complete":
      go("COMPLETED");
      return "done";
    case "fail":
      go("FAILED").error = "ENDPOINT_FAILING";
      row.failures += 1;
      return "done";
    case "handOver":
      go("SCHEDULED", "HANDED_OVER");
      return "done";
    case "retryLater":
      Object.assign(go("SCHEDULED", "RETRY_SCHEDULED"), { waits: true, error: "ENDPOINT_FAILING" });
      row.failures += command.counted ? 1 : 0;
      return "done";
  }
}

function open(model: Model, owner: Owner, slot: number): string {
  const row = owned(model, owner);
  if (row === undefined) return LOST;
  model.segments.push({ owner, dataset: row.dataset, slot, state: "pending" });
  return "done";
}

function publish(model: Model, owner: Owner, index: number): string {
  const row = owned(model, owner);
  const segment = model.segments[index];
  const table = model.tables[segment?.dataset ?? -1];
  if (row === undefined || segment === undefined || table === undefined) return LOST;
  const isOwn = segment.owner.job === owner.job && segment.owner.attempt === owner.attempt;
  if (segment.state !== "pending" || !isOwn || table.writer !== owner.job) return LOST;
  segment.state = "published";
  table.files += 1;
  if (!table.slots.includes(segment.slot)) table.slots.push(segment.slot);
  row.failures = 0;
  return "done";
}
