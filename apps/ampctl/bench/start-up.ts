// How long `ampctl job list` takes to its first byte beyond the server's own time. Goal: under 250 ms.
// node bench/start-up.ts [runs]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { query } from "../src/client/graphql.ts";
import { JobListDocument } from "../src/generated/api.ts";
import { call, startAmpd } from "../test/ampd.ts";

const LAUNCHER = join(import.meta.dirname, "../bin/ampctl.js");
const runs = Number(process.argv[2] ?? 21);

const ampd = await startAmpd();
try {
  await fill(ampd.url);
  const list = [LAUNCHER, "--admin-url", ampd.url, "job", "list"];
  // They take turns, so that what else the machine does meets all of them.
  const cases = {
    "node -e 0": () => firstByte(["-e", "process.stdout.write('0')"]),
    "ampctl job list": () => firstByte(list),
    "ampctl job list --json": () => firstByte([...list, "--json"]),
    "ampctl job list, compile cache off": () => firstByte(list, { NODE_DISABLE_COMPILE_CACHE: "1" }),
    "server's own time": () => serverTime(ampd.url),
  };
  const times = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
  for (const measure of Object.values(cases)) await measure();
  for (let run = 0; run < runs; run += 1) {
    for (const [name, measure] of Object.entries(cases)) times.get(name)?.push(await measure());
  }
  const median = (name: string) => quantile(times.get(name) ?? [], 0.5);
  for (const [name, measured] of times) {
    console.log(`${name.padEnd(36)} median ${ms(median(name))}  p90 ${ms(quantile(measured, 0.9))}  (${runs} runs)`);
  }
  const beyond = median("ampctl job list") - median("server's own time");
  console.log(
    `to the first byte beyond the server's time: ${ms(beyond)}, of which Node itself ${ms(median("node -e 0"))}`,
  );
} finally {
  await ampd.stop();
}

async function fill(url: string): Promise<void> {
  const manifest = { kind: "evm-rpc", network: "far", start_block: 0, tables: {} };
  for (let at = 0; at < 50; at += 1) {
    const name = `dataset_${at}`;
    await call(url, "POST /datasets", { namespace: "_", name, manifest: { ...manifest, start_block: at } });
    await call(url, `POST /datasets/_/${name}/versions/dev/deploy`, { worker_id: "nobody" });
  }
}

/** Milliseconds from the start of a process to its first byte on stdout. */
async function firstByte(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, words, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, HOME: "/nonexistent", ...env },
  });
  const ended = once(child, "close");
  await once(child.stdout, "data");
  const took = performance.now() - start;
  child.stdout.resume();
  await ended;
  return took;
}

/** The same request over a connection that is there. */
async function serverTime(address: string): Promise<number> {
  const server = { url: new URL(address), token: undefined, timeoutMs: 10_000, signal: new AbortController().signal };
  const filter = { status: ["SCHEDULED" as const, "RUNNING" as const, "STOP_REQUESTED" as const, "STOPPING" as const] };
  const start = performance.now();
  await query(server, JobListDocument, { first: 50, after: null, filter });
  return performance.now() - start;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function ms(value: number): string {
  return `${value.toFixed(0).padStart(4)} ms`;
}
