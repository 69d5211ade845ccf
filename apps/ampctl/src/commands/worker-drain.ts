import { accepted } from "../client/accepted.ts";
import { query } from "../client/graphql.ts";
import { requireFound } from "../client/not-found.ts";
import { pollUntil } from "../client/poll.ts";
import type { Connection } from "../client/request.ts";
import { type ConfirmOptions, confirm, mustAsk } from "../confirm.ts";
import type { Context } from "../context.ts";
import { TryAgainError, UsageError } from "../errors.ts";
import { DrainWorkerDocument, type WorkerFiguresFragment, WorkerToDrainDocument } from "../generated/api.ts";
import type { WaitChoice } from "../job-actions/carry-out.ts";
import { countOf } from "../job-actions/preview.ts";
import { parseStatuses } from "../options/job-status.ts";
import { escapeControls } from "../output/escape.ts";

export type WorkerDrainOptions = ConfirmOptions & WaitChoice & { readonly reason?: string };

/** `ampctl worker drain` */
export async function workerDrain(context: Context, options: WorkerDrainOptions, nodeId: string): Promise<undefined> {
  const { server, output, io } = context;
  if (options.timeout !== undefined && options.wait !== true) throw new UsageError("--timeout is for --wait");
  const asks = mustAsk(io, options);
  if (asks || options.dryRun === true) {
    const { worker: found, jobs } = await readWorker(server, nodeId);
    const worker = requireFound(found, "worker", nodeId);
    if (options.dryRun === true) return tellPlan(context, worker, jobs);
    if (worker.isAlive && !worker.isDraining) {
      output.beside().lines([planText(worker, jobs)]);
      await confirm(io, "drain this worker?");
    }
  }
  const { reason } = options;
  const input = { nodeId, ...(reason === undefined ? {} : { reason }) };
  const { changed, worker } = accepted((await query(server, DrainWorkerDocument, { input })).drainWorker);
  if (options.wait !== true || !worker.isAlive) {
    tell(context, worker, changed);
    return;
  }
  output.note(`waiting for worker ${nodeId} to leave`);
  await waitUntilGone(context, worker, options.timeout);
  tell(context, { ...worker, isAlive: false }, changed);
}

async function readWorker(server: Connection, nodeId: string) {
  const filter = { nodeId, status: [...parseStatuses("active").statuses] };
  const { worker, jobs } = await query(server, WorkerToDrainDocument, { nodeId, filter });
  return { worker, jobs: jobs.totalCount };
}

function tellPlan({ output, isJson }: Context, worker: WorkerFiguresFragment, jobs: number): undefined {
  if (isJson) output.json({ ...toJson(worker), jobs, dry_run: true });
  else output.lines([planText(worker, jobs)]);
}

function planText({ nodeId, isAlive, isDraining }: WorkerFiguresFragment, jobs: number): string {
  const worker = `worker ${escapeControls(nodeId)}`;
  if (!isAlive) return `nothing to drain: ${worker} is gone`;
  if (isDraining) return `nothing to drain: ${worker} drains already`;
  return `to drain: ${worker}, which hands over ${countOf(jobs)} and ends`;
}

function tell({ output, isJson }: Context, worker: WorkerFiguresFragment, changed: boolean): void {
  if (isJson) {
    output.json({ ...toJson(worker), changed });
    return;
  }
  const state = worker.isAlive ? "draining" : "gone";
  output.lines([escapeControls(`worker ${worker.nodeId}: ${state}${changed ? "" : " already"}`)]);
}

function toJson({ nodeId, isAlive, isDraining }: WorkerFiguresFragment): object {
  return { node_id: nodeId, is_alive: isAlive, is_draining: isDraining };
}

/**
 * Until the process that was asked has signed off, or another one has taken its name.
 * @throws TryAgainError when the time is over before
 */
async function waitUntilGone(context: Context, asked: WorkerFiguresFragment, timeoutMs?: number): Promise<void> {
  const { nodeId, registeredAt } = asked;
  const isGone = async (server: Connection) => {
    const { worker } = await readWorker(server, nodeId);
    return worker === null || !worker.isAlive || worker.registeredAt !== registeredAt;
  };
  const tooLong = () =>
    new TryAgainError("WAIT_TIMEOUT", `worker ${nodeId} has not left within ${(timeoutMs ?? 0) / 1000} s`, {
      hint: "it goes on draining: the same command waits again",
    });
  await pollUntil(context.server, isGone, { timeoutMs, note: context.output.note, tooLong });
}
