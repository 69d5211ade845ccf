import { inject } from "vitest";
import type { Ended } from "./run-ampctl.ts";

/** What differs from run to run, and what stands for it, as wide where it stands in columns. */
const CHANGES: readonly (readonly [RegExp, string])[] = [
  // Ids of requests and of tables.
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "00000000-0000-0000-0000-000000000000"],
  [/20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|\+00:00)/g, "2026-01-01T00:00:00.0$1"],
  [/20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "2026-01-01 00:00:00Z"],
  [/127\.0\.0\.1:\d{5}/g, "127.0.0.1:00000"],
  // The same blocks come to a byte more or less.
  [/(size_bytes":)\d+/g, "$11000"],
  [/(waitingSeconds = )\d+/g, "$11"],
  [/(Took {2,})\S+/g, "$11s"],
  [/-[0-9a-f]{16}\.parquet/g, "-0000000000000000.parquet"],
  [/0x[0-9a-f]{64}/g, "0x…"],
  [/\/[\w/.-]*\/ampctl-\w{6}\//g, "/data/"],
];

/** Output for a snapshot: the same in every run. */
export function stable(text: string): string {
  const named = text.replaceAll(inject("serverUrl"), "http://ampd");
  return CHANGES.reduce((changed, [pattern, replacement]) => changed.replace(pattern, replacement), named);
}

/** A snapshot of all that a command said, and how it ended. */
export function report({ code, stdout, stderr }: Ended): string {
  return stable(`${stdout}${stderr === "" ? "" : `--- stderr\n${stderr}`}--- exit ${code}\n`);
}
