import type { EtaGap, EtaInterval } from "../../domain/eta.ts";
import { builder } from "../builder.ts";

/** An interval and the time from which it counts: the database's. */
type EtaValue = EtaInterval & { readonly now: Date };

/** No calendar of a client need know a later time. */
const MAX_SECONDS = 100 * 365 * 86_400;

export const EtaType = builder.objectRef<EtaValue>("Eta").implement({
  description:
    "When the job will have published its target: between these two, as far as its past, and that of the chain, tells. A century at most.",
  fields: (t) => ({
    earliest: t.field({
      type: "DateTime",
      description: "Not before this.",
      resolve: ({ now, earliestSeconds }) => after(now, earliestSeconds),
    }),
    latest: t.field({
      type: "DateTime",
      description: "Not after this.",
      resolve: ({ now, latestSeconds }) => after(now, latestSeconds),
    }),
    earliestSeconds: t.float({
      description: "Seconds from now to `earliest`.",
      resolve: ({ earliestSeconds }) => limit(earliestSeconds),
    }),
    latestSeconds: t.float({
      description: "Seconds from now to `latest`.",
      resolve: ({ latestSeconds }) => limit(latestSeconds),
    }),
  }),
});

export const EtaUnavailableEnum = builder.enumType("EtaUnavailable", {
  description: "Why a job has no ETA.",
  values: {
    ENDED: { description: "It has ended." },
    NOT_RUNNING: { description: "It waits for a worker, or stops." },
    NO_TARGET: { description: "It follows the chain for ever." },
    STALLED: { description: "It does not get on." },
    WARMING_UP: { description: "The attempt has run for too short a time to say how fast it is." },
    WAITING_FOR_HEAD: {
      description: "The chain has yet to grow to the target, and too few heads were seen to say how fast it does.",
    },
  } satisfies Record<EtaGap, { description: string }>,
});

function after(now: Date, seconds: number): Date {
  return new Date(now.getTime() + limit(seconds) * 1_000);
}

function limit(seconds: number): number {
  return Math.min(seconds, MAX_SECONDS);
}
