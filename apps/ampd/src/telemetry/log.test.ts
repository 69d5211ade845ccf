import { expect, test } from "vitest";
import { createLog, type LogLevel } from "./log.ts";

function openLog(level: LogLevel) {
  const lines: string[] = [];
  return { log: createLog({ level, destination: { write: (line) => lines.push(line) } }), lines };
}

test("a line is JSON with its level in words, an ISO time, the message and the fields", () => {
  const { log, lines } = openLog("info");
  log.info({ job: "42" }, "job claimed");
  const line = JSON.parse(lines[0] ?? "");
  expect(line).toEqual({ level: "info", time: expect.any(String), job: "42", msg: "job claimed" });
  expect(new Date(line.time).toISOString()).toBe(line.time);
});

test("what lies below the level is not written", () => {
  const { log, lines } = openLog("warn");
  log.info("idle");
  log.warn("late");
  expect(lines).toHaveLength(1);
});

test.each([
  ["at the top", { url: "https://u:hunter2@host/key" }],
  ["in an object", { provider: { authToken: "hunter2" } }],
  ["in the headers of an object", { request: { headers: { authorization: "Bearer hunter2" } } }],
  ["in headers", { headers: { cookie: "hunter2", "x-api-key": "hunter2" } }],
  ["in a header at the top", { "x-api-key": "hunter2" }],
  ["in a field of an error", { err: Object.assign(new Error("refused"), { url: "http://hunter2" }) }],
])("a secret %s is not written", (_where, fields) => {
  const { log, lines } = openLog("info");
  log.info(fields, "request sent");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("request sent");
  expect(lines[0]).not.toContain("hunter2");
});

test("an error is written with its message and its causes", () => {
  const { log, lines } = openLog("info");
  log.error({ err: new Error("outer", { cause: new Error("inner") }) }, "failed");
  expect(JSON.parse(lines[0] ?? "").err.message).toBe("outer: inner");
});
