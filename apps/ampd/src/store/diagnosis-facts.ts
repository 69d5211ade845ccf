import type { DiagnosisInput } from "../domain/diagnosis-input.ts";
import type { Database } from "./database.ts";
import type { JobRow } from "./job-row.ts";
import { countProviders } from "./provider.ts";
import { gapsOf } from "./table-gap.ts";
import { listWorkerFacts } from "./worker.ts";

/** What a diagnosis needs beside the job, its tables and its report. */
export type DiagnosisFacts = Pick<DiagnosisInput, "providers" | "workers" | "storeIds" | "gaps">;

export type DiagnosisKey = { readonly job: JobRow; readonly network: string };

/** In the order of the keys, by three reads, whatever their number. */
export async function readDiagnosisFacts(database: Database, keys: readonly DiagnosisKey[]): Promise<DiagnosisFacts[]> {
  const [workers, providers, tables] = await Promise.all([
    listWorkerFacts(database),
    countProviders(database, [...new Set(keys.map(({ network }) => network))]),
    gapsOf(
      database,
      keys.map(({ job }) => job),
    ),
  ]);
  return keys.map(({ job, network }) => ({
    workers,
    providers: providers.get(network) ?? 0,
    ...(tables.get(job.number) ?? { storeIds: [], gaps: [] }),
  }));
}
