import { parseDatasetName } from "../../domain/dataset-reference.ts";
import type { EventFilter } from "../../store/event-filter.ts";
import { builder } from "../builder.ts";
import { JobEventKind } from "./job-event.ts";

export const JobEventFilterInput = builder.inputType("JobEventFilter", {
  description: "Events that meet all of it; what is absent or null excludes none.",
  fields: (t) => ({
    jobNumbers: t.field({ type: ["BigInt"], description: "Of any of these jobs, also when they are gone." }),
    dataset: t.string({ description: "Of jobs of this dataset: `namespace/name`." }),
    types: t.field({ type: [JobEventKind], description: "Any of these." }),
    actor: t.string({ description: "That this person or token asked for." }),
  }),
});

/**
 * The filter in the store's words.
 * @throws InvalidArgumentError for what names no dataset
 */
export function toEventFilter(input: typeof JobEventFilterInput.$inferInput | null | undefined): EventFilter {
  if (input === null || input === undefined) return {};
  return {
    jobs: input.jobNumbers ?? undefined,
    dataset: typeof input.dataset === "string" ? parseDatasetName(input.dataset) : undefined,
    types: input.types ?? undefined,
    actor: input.actor ?? undefined,
  };
}
