import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A real `ampd solo` process with a data folder of its own. */
export type Ampd = {
  readonly url: string;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again, with its data and at its address. */
  startAgain(): Promise<void>;
  /** Ends it and removes its data. Idempotent. */
  stop(): Promise<void>;
};

const MAIN = join(import.meta.dirname, "../../ampd/src/main.ts");

/** Starts solo and waits until it answers. @param port a free one when absent; a test that starts it again gives one */
export async function startAmpd(flags: readonly string[] = [], port = 0): Promise<Ampd> {
  const folder = await mkdtemp(join(tmpdir(), "ampctl-"));
  let running = await start(folder, flags, port);
  const { url } = running;
  const end = (signal: "SIGTERM" | "SIGKILL") => {
    running.child.kill(signal);
    return running.ended;
  };
  return {
    url,
    kill: async () => void (await end("SIGKILL")),
    startAgain: async () => {
      running = await start(folder, flags, Number(new URL(url).port));
    },
    stop: async () => {
      await end("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function start(folder: string, flags: readonly string[], port: number) {
  const words = [MAIN, "solo", "--port", String(port), "--data-dir", folder, "--node-id", "worker-1", ...flags];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  child.stderr.on("data", (data: Buffer) => lines.push(data.toString()));
  const ended = once(child, "exit");
  const { promise: address, resolve, reject } = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    const found = /"address":"([^"]+)"/.exec(line)?.[1];
    if (found !== undefined) resolve(found);
  });
  void ended.then(() => reject(new Error(`ampd ended before it was ready:\n${lines.join("\n")}`)));
  return { child, ended, url: await address };
}

/** A call of REST that must succeed. */
export async function call(url: string, line: string, body?: unknown): Promise<unknown> {
  const [method = "", path = ""] = line.split(" ");
  const response = await fetch(url + path, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${line}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** Waits until a job has that status, by asking the server 20 times a second for 30 s at most. */
export async function waitForStatus(url: string, job: number, status: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = (await call(url, `GET /jobs/${job}`)) as { readonly status: string };
    if (found.status === status) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`job ${job} did not become ${status} within 30 s`);
}
