import type { JobEventType } from "../generated/api.ts";
import { type Cell, cell } from "../output/cell.ts";
import type { Style } from "../output/paint.ts";

const STYLES: Readonly<Record<JobEventType, Style | undefined>> = {
  SCHEDULED: undefined,
  RUNNING: "cyan",
  STOP_REQUESTED: "yellow",
  STOPPING: "yellow",
  COMPLETED: "green",
  STOPPED: undefined,
  FAILED: "red",
  REMOVED: undefined,
  HANDED_OVER: "yellow",
  LEASE_EXPIRED: "red",
  REORG: "yellow",
  RETRY_SCHEDULED: "yellow",
  STOP_FAILED: "red",
  STOP_OVERDUE: "red",
};

/** @param type a newer server may have others */
export function eventCell(type: string): Cell {
  return cell(type, Object.hasOwn(STYLES, type) ? STYLES[type as JobEventType] : undefined);
}

/** What an event's detail comes to: an error's message, what a job was deployed with, the operator's reason. */
export function eventDetail({ reason, detail }: { readonly reason: string | null; readonly detail?: unknown }): string {
  if (reason !== null) return reason;
  if (typeof detail !== "object" || detail === null) return "";
  const fields: Readonly<Record<string, unknown>> = { ...detail };
  // In the words of GraphQL, and in those of REST.
  const { message = fields.error_message, code = fields.error_code } = fields;
  if (typeof message === "string") return typeof code === "string" ? `${code}: ${message}` : message;
  if ("end_block" in fields) return fields.end_block === null ? "follows the chain" : `to block ${fields.end_block}`;
  return Object.entries(fields)
    .filter(([, value]) => ["string", "number", "bigint", "boolean"].includes(typeof value))
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}
