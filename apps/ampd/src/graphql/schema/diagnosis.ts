import { diagnose } from "../../domain/diagnosis.ts";
import type { Diagnosis, Evidence } from "../../domain/diagnosis-finding.ts";
import type { JobSnapshot } from "../../feed/job-snapshot.ts";
import { builder } from "../builder.ts";
import type { Context } from "../context.ts";
import { SeverityEnum, VerdictEnum } from "./verdict.ts";

const EvidenceType = builder.objectRef<Evidence>("Evidence").implement({
  description: "One fact that a diagnosis rests on.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "Ends in the unit where there is one: `lagSeconds`, `headBlock`." }),
    value: t.exposeString("value", { description: "For people; times are ISO 8601, UTC." }),
  }),
});

export const DiagnosisType = builder.objectRef<Diagnosis>("Diagnosis").implement({
  description: "How a job is, why, and what an operator can do.",
  fields: (t) => ({
    verdict: t.expose("verdict", {
      type: VerdictEnum,
      description: "The first of all verdicts, in their order, that holds.",
    }),
    severity: t.expose("severity", { type: SeverityEnum, description: "Whether somebody has to act." }),
    summary: t.exposeString("summary", { description: "One sentence with the figures that decide." }),
    evidence: t.expose("evidence", {
      type: [EvidenceType],
      description: "The facts; those that are unknown are absent.",
    }),
    advice: t.stringList({
      description: "Sentences that name the mutation or the command; empty when there is nothing to do.",
      resolve: ({ advice }) => [...advice],
    }),
  }),
});

/** What is to be said of a job as it was read. */
export async function diagnoseJob(snapshot: JobSnapshot, { loaders }: Context): Promise<Diagnosis> {
  return diagnose({ ...snapshot, ...(await loaders.diagnosis.load(snapshot)) });
}
