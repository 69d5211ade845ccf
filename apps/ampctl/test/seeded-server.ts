import type { TestProject } from "vitest/node";
import { startSeeded } from "./seeded.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A server with the data of `seed.ts`, for tests that only read. */
    readonly serverUrl: string;
    /** Milliseconds since 1970. */
    readonly seededAt: number;
  }
}

/** One server for all tests that only read. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startSeeded();
  project.provide("serverUrl", url);
  project.provide("seededAt", Date.now());
  return stop;
}
