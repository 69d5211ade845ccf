import type { TestProject } from "vitest/node";
import { startPostgres } from "./cluster/postgres-process.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A real PostgreSQL server; every test database is made below it. */
    postgresUrl: string;
  }
}

/** One PostgreSQL server for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  project.provide("postgresUrl", server.url);
  return () => server.remove();
}
