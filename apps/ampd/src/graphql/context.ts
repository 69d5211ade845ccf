import DataLoader from "dataloader";
import type { Actor } from "../domain/actor.ts";
import { JobNotFoundError } from "../domain/errors.ts";
import type { TableProgress } from "../domain/table-progress.ts";
import type { EventLog } from "../feed/event-log.ts";
import type { JobHub } from "../feed/hub.ts";
import type { JobsFeed } from "../feed/jobs-feed.ts";
import type { Database } from "../store/database.ts";
import { type DiagnosisFacts, type DiagnosisKey, readDiagnosisFacts } from "../store/diagnosis-facts.ts";
import type { JobRow } from "../store/job-row.ts";
import { type LiveReading, readLive } from "../store/live.ts";
import { progressOf } from "../store/table.ts";
import type { Log } from "../telemetry/log.ts";
import { createDatasetLoaders, type DatasetLoaders } from "./dataset-loaders.ts";
import type { OperationLimits } from "./limits/operation-limits.ts";

/** What a process that answers can be. */
export type ServerRole = "solo" | "controller";

/** What the resolvers stand on; one per process. */
export type Services = {
  readonly database: Database;
  readonly hub: JobHub;
  readonly events: EventLog;
  readonly jobsFeed: JobsFeed;
  /** This process, as events name it. */
  readonly nodeId: string;
  readonly version: string;
  readonly role: ServerRole;
  readonly stopDeadlineMs: number;
};

/** What a door knows of an operation. */
export type Seed = {
  readonly requestId: string;
  /** Where a client that comes back stood in the feed: it wins over the arguments of the subscription. */
  readonly lastEventId?: string;
};

/** What a resolver is given; one per operation. */
export type Context = Services & {
  readonly requestId: string;
  readonly lastEventId: string | undefined;
  readonly actor: Actor;
  readonly log: Log;
  readonly limits: OperationLimits;
  readonly loaders: Loaders;
};

/** Reads that the rows of one answer share. */
export type Loaders = DatasetLoaders & {
  readonly tables: DataLoader<JobRow, TableProgress[]>;
  readonly live: DataLoader<JobRow, LiveReading>;
  readonly diagnosis: DataLoader<DiagnosisKey, DiagnosisFacts>;
};

export type ContextParts = { readonly services: Services; readonly log: Log; readonly limits: OperationLimits };

export function createContext({ services, log, limits }: ContextParts, seed: Seed): Context {
  return {
    ...services,
    log,
    limits,
    requestId: seed.requestId,
    lastEventId: seed.lastEventId,
    actor: { nodeId: services.nodeId, name: null, requestId: seed.requestId },
    loaders: createLoaders(services.database),
  };
}

function createLoaders(database: Database): Loaders {
  return {
    ...createDatasetLoaders(database),
    tables: new DataLoader(
      async (jobs) => {
        const progress = await progressOf(database, jobs);
        return jobs.map((job) => progress.get(job.number) ?? []);
      },
      { cache: false },
    ),
    live: new DataLoader<JobRow, LiveReading>(
      async (jobs) => {
        const readings = await readLive(database, jobs);
        return jobs.map(({ number }) => readings.get(number) ?? new JobNotFoundError(number));
      },
      { cache: false },
    ),
    diagnosis: new DataLoader((keys) => readDiagnosisFacts(database, keys), { cache: false }),
  };
}
