import type { PageSize } from "./page.ts";

/** How many rows of each list are read at once; one more than the maximum is refused, never cut off. */
export const PAGES = {
  jobs: { default: 50, max: 1_000 },
  events: { default: 50, max: 10_000 },
  files: { default: 50, max: 1_000 },
  /** Datasets, providers and workers. */
  names: { default: 50, max: 1_000 },
} as const satisfies Readonly<Record<string, PageSize>>;

/** The end of a list's description. */
export function describePage({ default: size, max }: PageSize): string {
  return `${size} a page unless told, ${max.toLocaleString("en")} at most.`;
}
