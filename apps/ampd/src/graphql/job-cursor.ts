import type { JobOrder, JobPosition } from "../store/job-list.ts";
import { type Cursors, listCursors } from "./cursor.ts";
import { parseRowNumber } from "./global-id.ts";

/** Cursors of a list of jobs: the time that it is sorted by, if it is, and the number. */
export function jobCursors({ by, direction }: JobOrder): Cursors<JobPosition> {
  return listCursors({
    list: `jobs by ${by} ${direction}`,
    toValues: ({ time, number }) => (time === null ? [String(number)] : [time.toISOString(), String(number)]),
    toKey: (values) => {
      const [number = "", time, ...others] = values.toReversed();
      const position = { number: parseRowNumber(number), time: time === undefined ? null : new Date(time) };
      const isSound = others.length === 0 && (position.time === null) === (by === "NUMBER");
      if (!isSound || position.number === undefined || Number.isNaN(position.time?.getTime())) return undefined;
      return { time: position.time, number: position.number };
    },
  });
}

/** The cursor behind a job in the list that is given without an order: newest first. */
export function cursorOfJob(number: bigint): string {
  return jobCursors({ by: "NUMBER", direction: "DESC" }).format({ time: null, number });
}
