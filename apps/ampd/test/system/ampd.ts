import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A real `ampd solo` process. */
export type Ampd = {
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything it printed so far. */
  output(): string;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
};

const MAIN = join(import.meta.dirname, "../../src/main.ts");

/** Starts solo on a free port and waits until it is ready. */
export async function startAmpd(...flags: string[]): Promise<Ampd> {
  const child = spawn(process.execPath, [MAIN, "solo", "--port", "0", ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  child.stderr.on("data", (data: Buffer) => lines.push(data.toString()));
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const { promise: address, resolve, reject } = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    const found = /"address":"([^"]+)"/.exec(line)?.[1];
    if (found !== undefined) resolve(found);
  });
  void exited.then(() => reject(new Error(`ampd ended before it was ready:\n${lines.join("\n")}`)));
  const url = await address;
  return {
    url,
    process: child,
    output: () => lines.join("\n"),
    end: async (name) => {
      child.kill(name);
      const [code, signal] = await exited;
      return { code, signal };
    },
  };
}

/** Runs `ampd` to its end. */
export async function runAmpd(...words: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (data: Buffer) => (output.stdout += data));
  child.stderr.on("data", (data: Buffer) => (output.stderr += data));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...output };
}

/** A REST call that must succeed. */
export async function call(ampd: Ampd, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${ampd.url}${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** Registers the chain and its dataset, and deploys a job. */
export async function deployChain(ampd: Ampd, rpcUrl: string, deploy: object): Promise<number> {
  await call(ampd, "POST", "/providers", { name: "anvil", kind: "evm-rpc", network: "anvil", url: rpcUrl });
  const manifest = { kind: "evm-rpc", network: "anvil", start_block: 0, tables: {} };
  await call(ampd, "POST", "/datasets", { namespace: "_", name: "anvil", version: "1.0.0", manifest });
  const deployed = await call(ampd, "POST", "/datasets/_/anvil/versions/latest/deploy", deploy);
  return (deployed as { job_id: number }).job_id;
}
