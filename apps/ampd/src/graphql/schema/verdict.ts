import type { Severity, Verdict } from "../../domain/diagnosis-finding.ts";
import { builder } from "../builder.ts";

export const VerdictEnum = builder.enumType("Verdict", {
  description: "What a diagnosis has come to: the first of these that holds, in the order of this list.",
  values: {
    COMPLETED: { description: "It has reached its end block." },
    STOPPED: { description: "An operator stopped it." },
    CHAIN_MISMATCH: { description: "It failed: an endpoint serves another chain than the one that is published." },
    FAILED: { description: "It failed." },
    OWNER_LOST: { description: "The worker that has it is dead: the job is about to be taken away from it." },
    STOP_OVERDUE: { description: "Its worker has not ended it within the deadline of the stop." },
    STOPPING: { description: "Its worker publishes what is in hand, and ends it." },
    NO_PROVIDER: { description: "No provider is registered for its network." },
    WAITING_FOR_WORKER: { description: "No worker can take it as things are." },
    ENDPOINT_FAILING: { description: "The chain's endpoint fails, or does not answer." },
    STORE_FAILING: { description: "The store of the files fails, or does not answer." },
    STALLED: { description: "A worker has it, and nothing advances." },
    RETRYING: { description: "Its last attempts came to nothing, and it is tried again." },
    QUEUED: { description: "A worker takes it within seconds." },
    STARTING: { description: "A worker has just taken it." },
    GAP: { description: "Files are published behind blocks that are still missing." },
    BEHIND: { description: "It does not keep up with the chain." },
    WAITING_FOR_HEAD: { description: "The chain has yet to grow to its target, or to its first block." },
    RATE_LIMITED: { description: "The endpoint's rate limit holds it back." },
    FOLLOWING: { description: "It follows the chain, and is up to date." },
    HEALTHY: { description: "It gets on." },
  } satisfies Record<Verdict, { description: string }>,
});

export const SeverityEnum = builder.enumType("Severity", {
  description: "How much a diagnosis needs somebody.",
  values: {
    OK: { description: "There is nothing to do." },
    WAITING: { description: "It goes on by itself." },
    WARNING: { description: "Have a look." },
    CRITICAL: { description: "It does not go on without somebody." },
  } satisfies Record<Severity, { description: string }>,
});
