import { builder } from "./builder.ts";
import "./scalars.ts";
import "./schema/error.ts";
import "./schema/job.ts";
import "./schema/job-event-log.ts";
import "./schema/job-list.ts";
import "./schema/job-mutations.ts";
import "./schema/job-plan.ts";
import "./schema/job-prune.ts";
import "./schema/job-subscriptions.ts";
import "./schema/jobs-changed.ts";
import "./schema/provider.ts";
import "./schema/server.ts";
import "./schema/table-file.ts";
import "./schema/viewer.ts";
import "./schema/worker.ts";

/** The executable schema. Importing a file of `schema/` is what adds its types. */
export const schema = builder.toSchema();
