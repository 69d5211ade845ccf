import type { JobStatus } from "../../src/domain/job.ts";
import type { Owner } from "./state.ts";

/** Something that an operator, a worker, a reaper or time does, in the indexes of the model. */
export type Command =
  | { readonly kind: "deploy"; readonly dataset: number; readonly parallelism: number }
  | { readonly kind: "passDelay" | "passDeadline"; readonly job: number }
  | { readonly kind: "stop" | "remove" | "retry"; readonly job: number; readonly expectedVersion?: number }
  | { readonly kind: "prune"; readonly statuses: readonly JobStatus[]; readonly dryRun: boolean }
  | {
      readonly kind: "claim";
      readonly node: number;
      readonly incarnation: number;
      readonly limit: number;
      /** It sees another store than the one that the tables lie in. */
      readonly isElsewhere: boolean;
    }
  | { readonly kind: "register"; readonly node: number; readonly incarnation: number; readonly takeOver: boolean }
  | {
      readonly kind: "renew" | "expire" | "signOff" | "drain";
      readonly node: number;
      readonly incarnation: number;
    }
  | { readonly kind: "reap" | "sweep" }
  | { readonly kind: "take" | "begin" | "complete" | "fail" | "handOver"; readonly owner: Owner }
  | { readonly kind: "finish"; readonly owner: Owner; readonly failed: boolean }
  | { readonly kind: "retryLater"; readonly owner: Owner; readonly counted: boolean }
  | { readonly kind: "fixTarget"; readonly owner: Owner; readonly block: number }
  | { readonly kind: "open"; readonly owner: Owner; readonly slot: number }
  | { readonly kind: "publish"; readonly owner: Owner; readonly segment: number };
