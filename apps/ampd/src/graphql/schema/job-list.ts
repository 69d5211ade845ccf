import { isEnded, JOB_STATUSES, type JobStatus } from "../../domain/job.ts";
import { type Count, countJobsByStatus, type JobCounts } from "../../store/job-counts.ts";
import type { JobFilter } from "../../store/job-filter.ts";
import { type JobOrder, pageJobs, positionOf } from "../../store/job-list.ts";
import { builder } from "../builder.ts";
import { jobCursors } from "../job-cursor.ts";
import { STATEMENT_COST, withCost } from "../limits/field-cost.ts";
import { nodesOf, parsePage, toConnection } from "../page.ts";
import { describePage, PAGES } from "../page-sizes.ts";
import { JobType } from "./job.ts";
import { JobFilterInput, toJobFilter } from "./job-filter.ts";
import { JobStatusEnum } from "./job-status.ts";

const JobOrderField = builder.enumType("JobOrderField", {
  description: "What a list of jobs is sorted by.",
  values: {
    NUMBER: { description: "The order of their deploys." },
    CREATED_AT: { description: "When they were made." },
    ENDED_AT: { description: "When they ended: the list holds ended jobs only." },
  },
});

const OrderDirection = builder.enumType("OrderDirection", {
  description: "Which way a list is sorted.",
  values: { ASC: { description: "Lowest, or oldest, first." }, DESC: { description: "Highest, or newest, first." } },
});

const JobOrderInput = builder.inputType("JobOrder", {
  description: "How a list of jobs is sorted. Jobs of one time stand by number.",
  fields: (t) => ({
    field: t.field({ type: JobOrderField, required: true, description: "What it is sorted by." }),
    direction: t.field({ type: OrderDirection, required: true, description: "Which way." }),
  }),
});

const JobStatusCount = builder.objectRef<Count & { readonly status: JobStatus }>("JobStatusCount").implement({
  description: "How many jobs of a list have a status.",
  fields: (t) => ({
    status: t.expose("status", { type: JobStatusEnum }),
    count: t.exposeInt("count", { description: "How many; at least so many when it is not exact." }),
    isExact: t.exposeBoolean("isExact", { description: "False where counting stopped at 100,000." }),
  }),
});

builder.queryField("jobs", (t) =>
  t.connection(
    {
      type: JobType,
      description: `Jobs, newest first unless told; ${describePage(PAGES.jobs)}`,
      args: {
        filter: t.arg({ type: JobFilterInput }),
        orderBy: t.arg({
          type: JobOrderInput,
          required: true,
          defaultValue: { field: "NUMBER", direction: "DESC" },
          description: "A cursor is good for the order that it was given in, whatever the filter.",
        }),
      },
      resolve: async (_, args, { database }) => {
        const order: JobOrder = { by: args.orderBy.field, direction: args.orderBy.direction };
        const cursors = jobCursors(order);
        const page = parsePage(args, PAGES.jobs, cursors);
        const filter = await toJobFilter(database, args.filter);
        const rows = await pageJobs(database, { ...page, filter, order, limit: page.limit + 1 });
        let counts: Promise<JobCounts> | undefined;
        return {
          ...toConnection(rows, page, { cursors, keyOf: (job) => positionOf(job, order) }),
          count: () => {
            counts ??= countJobsByStatus(database, listedBy(filter, order));
            return counts;
          },
        };
      },
    },
    {
      name: "JobConnection",
      description: "A page of jobs.",
      fields: (connection) => ({
        totalCount: connection.int({
          description: "Jobs of the list, on all pages; at least so many when it is not exact.",
          extensions: withCost({ own: STATEMENT_COST }),
          resolve: async ({ count }) => (await count()).total.count,
        }),
        isTotalCountExact: connection.boolean({
          description: "False where counting stopped at 100,000 jobs of one status.",
          extensions: withCost({ own: STATEMENT_COST }),
          resolve: async ({ count }) => (await count()).total.isExact,
        }),
        countsByStatus: connection.field({
          type: [JobStatusCount],
          description: "The same by status, every status once; none of those that the filter leaves out.",
          extensions: withCost({ own: STATEMENT_COST, items: JOB_STATUSES.length }),
          resolve: async ({ count }) => {
            const { byStatus } = await count();
            return JOB_STATUSES.map((status) => ({ status, ...byStatus[status] }));
          },
        }),
        nodes: connection.field({ type: [JobType], resolve: ({ edges }) => nodesOf(edges) }),
      }),
    },
    { name: "JobEdge", description: "A job and its cursor." },
  ),
);

/** The filter of what a list shows: by the time of the end only what has ended. */
function listedBy(filter: JobFilter, { by }: JobOrder): JobFilter {
  if (by !== "ENDED_AT") return filter;
  return { ...filter, statuses: (filter.statuses ?? JOB_STATUSES).filter(isEnded) };
}
