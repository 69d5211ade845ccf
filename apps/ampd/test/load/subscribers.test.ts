import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/store/database.ts";
import { completeJob } from "../../src/store/job-own.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import { reportLive } from "../../src/store/live.ts";
import { Program } from "../cluster/program.ts";
import { createMigratedDatabase } from "../databases.ts";
import { ACTOR, liveFigures, startJob } from "../store-fixtures.ts";
import { openSlowClient } from "./slow-client.ts";
import type { Summary } from "./subscribers.ts";

const SUBSCRIBERS = 2_000;
const MAX_GROWTH_MIB = 300;
const CHANGE_MS = 200;
const STALLED = "a WebSocket client took nothing for too long";

/** A real controller, on a real server, with the limits that it has everywhere. */
async function startController(url: string): Promise<Program> {
  const program = new Program(["controller", "--database-url", url, "--port", "0"]);
  onTestFinished(async () => void (await program.end("SIGKILL")));
  await program.ready;
  return program;
}

async function residentMib({ process: { pid } }: Program): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

function startSubscribers(port: number, job: bigint) {
  const words = [join(import.meta.dirname, "subscribers.ts"), String(port), String(job), String(SUBSCRIBERS)];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => (await lines.next()).value ?? "";
}

test("2,000 subscribers get every end and the newest state, though two clients do not read, which are closed", async () => {
  const url = await createMigratedDatabase();
  const database = await openDatabase({ kind: "postgres", url });
  onTestFinished(() => database.close());
  const { owner } = await startJob(database);
  const controller = await startController(url);
  const port = Number(new URL(await controller.ready).port);
  const idleMib = await residentMib(controller);

  const [never, slow] = [await openSlowClient(port, owner.job), await openSlowClient(port, owner.job)];
  never.pause();
  const dripping = setInterval(() => slow.read(1), 1_000);
  onTestFinished(() => clearInterval(dripping));
  // To be read a byte at a time it must not flow.
  slow.on("readable", () => {});
  const read = startSubscribers(port, owner.job);
  const started = read();

  let headBlock = 0n;
  let mostMib = idleMib;
  const change = async () => {
    headBlock += 1n;
    await reportLive(database, owner, liveFigures({ headBlock }));
    mostMib = Math.max(mostMib, await residentMib(controller));
    await sleep(CHANGE_MS);
  };
  const closed = () => controller.lines.filter(({ msg }) => msg === STALLED).length;
  let isReady = false;
  void started.then((line) => {
    isReady = line === "ready";
  });
  while (!isReady || closed() < 2) await change();
  await stopJob(database, { number: owner.job, deadlineMs: 600_000 }, ACTOR);
  for (let changes = 0; changes < 5; changes += 1) await change();
  await completeJob(database, owner, ACTOR);

  const summary: Summary = JSON.parse(await read());
  expect(summary).toMatchObject({ completed: SUBSCRIBERS, backwards: 0, faults: [] });
  // Claimed, asked to stop, completed: its fourth version.
  const half = SUBSCRIBERS / 2;
  expect(summary.finals).toEqual({ [`COMPLETED ${headBlock}`]: half, "COMPLETED 4": half });
  expect(closed()).toBe(2);
  expect(mostMib - idleMib).toBeLessThan(MAX_GROWTH_MIB);
  process.stdout.write(`${JSON.stringify({ idleMib, mostMib, messages: summary.messages })}\n`);
}, 180_000);
