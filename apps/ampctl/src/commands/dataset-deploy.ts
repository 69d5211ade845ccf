import { accepted } from "../client/accepted.ts";
import { chooseRevision } from "../client/dataset-revision.ts";
import { query } from "../client/graphql.ts";
import type { Context } from "../context.ts";
import { EXIT_CODES, NotFoundError, UsageError } from "../errors.ts";
import { type ChangedJobFragment, DeployDatasetDocument, type JobStatus } from "../generated/api.ts";
import type { WaitChoice } from "../job-actions/carry-out.ts";
import { waitForEnds } from "../job-actions/wait.ts";
import { type DatasetReference, referenceOf } from "../options/dataset.ts";
import { escapeControls } from "../output/escape.ts";

export type DatasetDeployOptions = WaitChoice & {
  readonly endBlock?: string;
  readonly parallelism?: number;
  readonly worker?: string;
  readonly verify?: true;
  readonly idempotencyKey?: string;
};

/** `ampctl dataset deploy`; with `--wait` the exit code tells how the job ended, as that of `ampctl job watch`. */
export async function datasetDeploy(
  context: Context,
  options: DatasetDeployOptions,
  dataset: DatasetReference,
): Promise<number | undefined> {
  if (options.timeout !== undefined && options.wait !== true) throw new UsageError("--timeout is for --wait");
  const { server, output, isJson } = context;
  const reference = referenceOf({ ...dataset, revision: await chooseRevision(server, dataset) });
  const { deployDataset } = await query(server, DeployDatasetDocument, { input: toInput(options, reference) });
  const { created, job } = accepted(deployDataset);
  if (!created) output.note(`job ${job.number} was there already: nothing was deployed`);
  // As the body of REST.
  if (isJson) output.json({ job_id: BigInt(job.number) });
  else output.lines([escapeControls(`job ${job.number}: ${job.status}`)]);
  return options.wait === true ? waitForEnd(context, options, job) : undefined;
}

function toInput({ endBlock, parallelism, worker, verify, idempotencyKey }: DatasetDeployOptions, dataset: string) {
  return {
    dataset,
    ...(endBlock === undefined ? {} : { endBlock }),
    ...(parallelism === undefined ? {} : { parallelism }),
    ...(worker === undefined ? {} : { nodeSelector: worker }),
    ...(verify === undefined ? {} : { verify }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

async function waitForEnd(
  { server, output, isJson }: Context,
  { timeout }: DatasetDeployOptions,
  job: ChangedJobFragment,
): Promise<number> {
  output.note(`waiting for job ${job.number} to end`);
  let exitCode = EXIT_CODES.DONE;
  const onEnd = ({ number }: ChangedJobFragment, status: JobStatus | null) => {
    if (status === null) throw new NotFoundError("JOB_NOT_FOUND", `job '${number}' was removed`);
    if (!isJson) output.lines([escapeControls(`job ${number}: ${status}`)]);
    if (status === "STOPPED") exitCode = EXIT_CODES.JOB_STOPPED;
    if (status === "FAILED") exitCode = EXIT_CODES.JOB_FAILED;
  };
  await waitForEnds(server, [job], { timeoutMs: timeout, note: output.note, onEnd });
  return exitCode;
}
