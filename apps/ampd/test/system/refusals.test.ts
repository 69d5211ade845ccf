import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createPostgresDatabase } from "../databases.ts";
import { makeFolder } from "../write-tables.ts";
import { runAmpd, startAmpd } from "./ampd.ts";

async function takePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test("a port that is taken is one sentence", async () => {
  const port = await takePort();
  const ended = await runAmpd("solo", "--data-dir", await makeFolder(), "--port", String(port));
  expect(ended).toEqual({
    code: 1,
    stdout: "",
    stderr: `port ${port} on 127.0.0.1 is taken by another process: end it, or choose another with --port\n`,
  });
});

test("a data folder in use is one sentence that names the process which has it", async () => {
  const dataDir = await makeFolder();
  const ampd = await startAmpd("--data-dir", dataDir);
  onTestFinished(async () => void (await ampd.end("SIGTERM")));
  for (const words of [["solo", "--port", "0"], ["migrate"]]) {
    const { code, stderr } = await runAmpd(...words, "--data-dir", dataDir);
    expect(code).toBe(1);
    expect(stderr).toContain(`the data folder ${dataDir} is in use by`);
    expect(stderr).toContain(String(ampd.process.pid));
    expect(stderr.trim().split("\n")).toHaveLength(1);
  }
});

test("an endpoint that does not answer is one sentence without its secret, and nothing is left running", async () => {
  const port = await takePort();
  const url = `http://user:hunter2@127.0.0.1:${port + 1 > 65_535 ? port - 1 : port + 1}/hunter3hunter3hunter3`;
  const { code, stderr } = await runAmpd("solo", "--port", "0", "--data-dir", await makeFolder(), "--rpc-url", url);
  expect(code).toBe(75);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain("--rpc-url");
  expect(stderr).not.toContain("hunter");
});

test("every faulty setting is reported at once", async () => {
  const { code, stderr } = await runAmpd("solo", "--port", "99999", "--lease", "1s", "--capacity", "none");
  expect(code).toBe(2);
  for (const word of ["--port", "99999", "--lease", "1s", "--capacity", "none"]) expect(stderr).toContain(word);
});

test("an address beyond this machine is refused without --insecure", async () => {
  const { code, stderr } = await runAmpd("solo", "--host", "0.0.0.0", "--data-dir", await makeFolder());
  expect(code).toBe(2);
  expect(stderr).toContain("--insecure");
});

test("a database server that does not answer is one sentence without the password", async () => {
  const url = `postgresql://someone:hunter2@127.0.0.1:${(await takePort()) - 1}/none`;
  const { code, stderr } = await runAmpd("migrate", "--database-url", url, "--data-dir", await makeFolder());
  expect(code).toBe(75);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).not.toContain("hunter2");
});

test("migrate brings a PostgreSQL database up to date, and says so the second time", async () => {
  const words = ["migrate", "--database-url", await createPostgresDatabase()];
  expect(await runAmpd(...words)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^applied \d+_init\n/) });
  expect(await runAmpd(...words)).toEqual({ code: 0, stdout: "the database is up to date\n", stderr: "" });
});
