import { z } from "zod";
import { JOB_STATUSES } from "../domain/job.ts";

/** A 64-bit integer: a bigint here, a JSON number of any size on the wire. */
export const int64 = z
  .custom<bigint | number>((value) => typeof value === "bigint" || Number.isInteger(value))
  .meta({ type: "integer", format: "int64" });

/** RFC 3339 with microseconds and the offset `+00:00`. */
export const time = z.stringFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);

export const jobStatus = z.enum(JOB_STATUSES).meta({ id: "JobStatus" });

export const manifestHash = z.stringFormat("sha256", /^[0-9a-f]{64}$/);

export const errorBody = z
  .strictObject({
    error_code: z.string(),
    error_message: z.string(),
    request_id: z.string(),
  })
  .meta({ id: "Error", description: "`error_code` is stable; `request_id` is found in the server's log." });

/** From the milliseconds and the `Z` of GraphQL. */
export function toTime(graphqlTime: string): string {
  return graphqlTime.replace(/Z$/, "000+00:00");
}
