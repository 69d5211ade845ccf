import { accepted } from "../client/accepted.ts";
import { query } from "../client/graphql.ts";
import type { Connection } from "../client/request.ts";
import { RefusedError } from "../errors.ts";
import {
  ApplyPlanDocument,
  type ApplyPlanMutation,
  type JobAction,
  PlanJobsDocument,
  type PlanJobsInput,
  type PlanJobsMutation,
} from "../generated/api.ts";
import { isAsWanted, type JobOutcome } from "./outcome.ts";

export type Plan = Extract<PlanJobsMutation["planJobs"], { readonly plan: unknown }>["plan"];
type Applied = Extract<ApplyPlanMutation["applyPlan"], { readonly outcomes: unknown }>["outcomes"][number];

/** The most that the server takes. */
const BATCH = 500;

/** Fixes which jobs it is about. @throws CtlError */
export async function makePlan(server: Connection, input: PlanJobsInput): Promise<Plan> {
  return accepted((await query(server, PlanJobsDocument, { input })).planJobs).plan;
}

/** Applies a plan, batch by batch, until nothing is left. @throws CtlError when it expired or nobody answers */
export async function* applyAll(server: Connection, action: JobAction, { token }: Plan): AsyncGenerator<JobOutcome> {
  for (;;) {
    const answer = await query(server, ApplyPlanDocument, { input: { token, first: BATCH } });
    const { outcomes, remaining } = accepted(answer.applyPlan);
    yield* outcomes.map((applied) => toOutcome(action, applied));
    if (remaining === 0) return;
  }
}

function toOutcome(action: JobAction, { number, outcome, message, job, newJob }: Applied): JobOutcome {
  const told = { id: BigInt(number), outcome, job, newJobId: newJob === null ? undefined : BigInt(newJob.number) };
  if (isAsWanted(action, told)) return told;
  // The message alone does not always say which job it is about.
  const why = message?.includes(`'${number}'`) === true ? message : `job '${number}': ${message ?? outcome}`;
  return { ...told, error: new RefusedError(`JOB_${outcome}`, why) };
}
