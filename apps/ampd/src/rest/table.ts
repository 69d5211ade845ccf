import { DATASET_ROUTES } from "./dataset-routes.ts";
import { JOB_HISTORY_ROUTES } from "./job-history-routes.ts";
import { JOB_ROUTES } from "./job-routes.ts";
import { PROVIDER_ROUTES } from "./provider-routes.ts";
import { REVISION_ROUTES } from "./revision-routes.ts";
import type { Route } from "./route.ts";
import { WORKER_ROUTES } from "./worker-routes.ts";

/** Everything that is served over REST. */
export const ROUTES: readonly Route[] = [
  ...JOB_ROUTES,
  ...JOB_HISTORY_ROUTES,
  ...PROVIDER_ROUTES,
  ...DATASET_ROUTES,
  ...REVISION_ROUTES,
  ...WORKER_ROUTES,
];
