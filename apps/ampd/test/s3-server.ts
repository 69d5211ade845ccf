import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished, vi } from "vitest";

const require = createRequire(import.meta.url);

export const TEST_BUCKET = "amp";

/** A real S3-compatible server, in a process of its own, with one bucket. */
export class S3Server implements AsyncDisposable {
  readonly endpoint: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(endpoint: string, folder: string, process: ChildProcess) {
    this.endpoint = endpoint;
    this.#folder = folder;
    this.#process = process;
  }

  static async start(): Promise<S3Server> {
    const folder = await mkdtemp(join(tmpdir(), "ampd-s3-"));
    const program = require.resolve("s3rver/bin/s3rver.js");
    // Its continuation tokens are made with DES.
    const options = ["--openssl-legacy-provider", "--no-deprecation", program];
    const settings = ["-d", folder, "-a", "127.0.0.1", "-p", "0", "-s", "--configure-bucket", TEST_BUCKET];
    const child = spawn(process.execPath, [...options, ...settings], { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: child.stdout })) {
      const [, port] = /listening on 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (port !== undefined) return new S3Server(`http://127.0.0.1:${port}`, folder, child);
    }
    throw new Error(`the S3 server ended with ${child.exitCode} before it listened`);
  }

  /** Puts empty objects where the server keeps them: faster than to ask it. */
  async seed(keys: readonly string[]): Promise<void> {
    const files = keys.map((key) => join(this.#folder, TEST_BUCKET, `${key}._S3rver_object`));
    for (const folder of new Set(files.map(dirname))) await mkdir(folder, { recursive: true });
    for (const file of files) {
      await writeFile(file, "");
      await writeFile(`${file}.md5`, "d41d8cd98f00b204e9800998ecf8427e");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) {
      const ended = once(this.#process, "exit");
      this.#process.kill("SIGKILL");
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The credentials that the server takes, for the rest of the test file. */
export function useTestCredentials(): void {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "S3RVER");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "S3RVER");
}

/** What a script makes of a request whose body has come: true when it has answered, or never will. */
export type S3Script = (request: IncomingMessage, response: ServerResponse, body: Buffer) => boolean;

export type S3Door = {
  readonly endpoint: string;
  /** Method, path and query of every request, in order of arrival. */
  readonly requests: string[];
};

/** A door before an S3 server that misbehaves as its script says, and lets all else through. Closed with the test. */
export async function openS3Door(script: S3Script, behind?: S3Server): Promise<S3Door> {
  const requests: string[] = [];
  const server = createServer(async (incoming, response) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (script(incoming, response, body)) return;
    if (behind === undefined) response.writeHead(500).end();
    else forward(behind, incoming, response, body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  // A listening TCP server has an address of this form.
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function forward(behind: S3Server, incoming: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const { method = "GET", url = "/", headers } = incoming;
  // The Host header stays: it is signed.
  const outgoing = request(`${behind.endpoint}${url}`, { method, headers, agent: false });
  outgoing.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  outgoing.on("error", () => response.destroy());
  outgoing.end(body);
}

/** Answers as S3 refuses. */
export function refuse(
  response: ServerResponse,
  { status, code, message = "", extra = "" }: { status: number; code: string; message?: string; extra?: string },
): true {
  response
    .writeHead(status, { "content-type": "application/xml" })
    .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message>${extra}</Error>`);
  return true;
}
