import type { Route } from "../route.ts";
import { DATASET_ROUTES } from "./dataset-routes.ts";
import { followEvents } from "./event-feed-route.ts";
import { JOB_EVENT_ROUTES } from "./job-event-routes.ts";
import { getProgress } from "./job-progress-route.ts";
import { JOB_ROUTES } from "./job-routes.ts";
import { PROVIDER_ROUTES } from "./provider-routes.ts";
import { REVISION_ROUTES } from "./revision-routes.ts";
import { WORKER_ROUTES } from "./worker-routes.ts";

/** Everything that is served over REST. */
export const ROUTES: readonly Route[] = [
  ...JOB_ROUTES,
  getProgress,
  ...JOB_EVENT_ROUTES,
  followEvents,
  ...PROVIDER_ROUTES,
  ...DATASET_ROUTES,
  ...REVISION_ROUTES,
  ...WORKER_ROUTES,
];
