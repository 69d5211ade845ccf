import { z } from "zod";
import { int64, manifestHash } from "../wire.ts";
import type { JobData } from "./job-info.ts";

export const failureDetail = z
  .strictObject({
    error_code: z.string(),
    error_message: z.string(),
    error_context: z.strictObject({
      attempt_index: z.int(),
      dataset: z.string(),
      manifest_hash: manifestHash.optional(),
      block_range_start: int64.nullable(),
      block_range_end: int64.nullable(),
      stack_trace: z.string(),
    }),
  })
  .meta({ id: "FailureDetail", description: "Why a job failed; `stack_trace` is the chain of causes in words." });

/** A failure as GraphQL gives it, and as it is kept in an event. */
export const failureData = z.object({
  code: z.string(),
  message: z.string(),
  attempt: z.int(),
  fields: z.record(z.string(), z.unknown()),
  causes: z.array(z.string()),
});

export type FailureData = z.infer<typeof failureData>;

/** Whose failure it is; the manifest is not known where the job is gone. */
export type FailureSource = { readonly dataset: string; readonly manifestHash?: string };

export function sourceOf(descriptor: JobData["descriptor"]): FailureSource {
  const { datasetNamespace, datasetName, manifestHash: hash } = descriptor;
  return { dataset: `${datasetNamespace}/${datasetName}`, manifestHash: hash };
}

export function toFailureDetail(
  failure: FailureData,
  { dataset, manifestHash: hash }: FailureSource,
): z.infer<typeof failureDetail> {
  const block = toBlock(failure.fields.block);
  return {
    error_code: failure.code,
    error_message: failure.message,
    error_context: {
      attempt_index: failure.attempt,
      dataset,
      ...(hash === undefined ? {} : { manifest_hash: hash }),
      block_range_start: block,
      block_range_end: block,
      stack_trace: failure.causes.join("\n"),
    },
  };
}

/** An error knows of one block at most, as a decimal string. */
function toBlock(number: unknown): bigint | null {
  return typeof number === "string" && /^\d+$/.test(number) ? BigInt(number) : null;
}
