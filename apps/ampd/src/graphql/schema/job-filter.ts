import { parseDatasetReference } from "../../domain/dataset-reference.ts";
import type { Database } from "../../store/database.ts";
import { getDataset, resolveDataset } from "../../store/dataset.ts";
import type { JobFilter, TimeRange } from "../../store/job-filter.ts";
import { builder } from "../builder.ts";
import { JobStatusEnum } from "./job-status.ts";

const TimeRangeInput = builder.inputType("TimeRange", {
  description: "A span of time; without one of its ends it is open on that side.",
  fields: (t) => ({
    from: t.field({ type: "DateTime", description: "Its first moment." }),
    to: t.field({ type: "DateTime", description: "The first moment after it." }),
  }),
});

export const JobFilterInput = builder.inputType("JobFilter", {
  description: "Jobs that meet all of it; what is absent or null excludes none.",
  fields: (t) => ({
    status: t.field({ type: [JobStatusEnum], description: "Any of these." }),
    dataset: t.string({
      description:
        "Jobs of this dataset: `namespace/name`, or with `@revision` only those that are pinned to what that means now.",
    }),
    manifestHash: t.string({ description: "Jobs that are pinned to this manifest." }),
    nodeId: t.string({ description: "Jobs that this worker owns, or owned last." }),
    errorCode: t.string({ description: "Jobs whose `lastError` has this code." }),
    createdAt: t.field({ type: TimeRangeInput, description: "Jobs that were made in this span." }),
    updatedAt: t.field({ type: TimeRangeInput, description: "Jobs whose status changed last in this span." }),
    endedAt: t.field({ type: TimeRangeInput, description: "Jobs that ended in this span: ended ones only." }),
    retryOf: t.field({ type: "BigInt", description: "Jobs that run this one again." }),
  }),
});

export type JobFilterValue = typeof JobFilterInput.$inferInput;

/**
 * The filter in the store's words; the revision of a dataset becomes the manifest that it means now.
 * @throws InvalidArgumentError for what is no reference
 * @throws DatasetNotFoundError when there is no such dataset, or it has no such revision
 */
export async function toJobFilter(database: Database, input: JobFilterValue | null | undefined): Promise<JobFilter> {
  if (input === null || input === undefined) return {};
  const scope = typeof input.dataset === "string" ? await resolveScope(database, input.dataset) : {};
  const manifestHash = input.manifestHash ?? undefined;
  const isContradiction =
    manifestHash !== undefined && scope.manifestHash !== undefined && manifestHash !== scope.manifestHash;
  return {
    // No job is pinned to two manifests.
    statuses: isContradiction ? [] : (input.status ?? undefined),
    dataset: scope.dataset,
    manifestHash: scope.manifestHash ?? manifestHash,
    nodeId: input.nodeId ?? undefined,
    errorCode: input.errorCode ?? undefined,
    created: toRange(input.createdAt),
    updated: toRange(input.updatedAt),
    ended: toRange(input.endedAt),
    retryOf: input.retryOf ?? undefined,
  };
}

/**
 * The jobs that a dataset's reference means. Without a revision it is every manifest of the dataset, and not the one that
 * a reference means by default.
 */
export async function resolveScope(
  database: Database,
  text: string,
): Promise<Pick<JobFilter, "dataset" | "manifestHash">> {
  const reference = parseDatasetReference(text);
  if (text.includes("@")) return { dataset: reference, manifestHash: (await resolveDataset(database, reference)).hash };
  return { dataset: await getDataset(database, reference) };
}

function toRange(range: typeof TimeRangeInput.$inferInput | null | undefined): TimeRange | undefined {
  return range === null || range === undefined
    ? undefined
    : { from: range.from ?? undefined, to: range.to ?? undefined };
}
