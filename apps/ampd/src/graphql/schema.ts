import { builder } from "./builder.ts";
import "./scalars.ts";
import "./schema/error.ts";
import "./schema/job.ts";
import "./schema/job-mutations.ts";
import "./schema/job-prune.ts";
import "./schema/job-subscriptions.ts";
import "./schema/provider.ts";
import "./schema/server.ts";
import "./schema/worker.ts";

/** The executable schema. Importing a file of `schema/` is what adds its types. */
export const schema = builder.toSchema();
