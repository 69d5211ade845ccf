import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { ampctl, type World } from "./run-ampctl.ts";
import { report } from "./stable.ts";
import { startStub } from "./stub-server.ts";

/** How an error is told in words and as JSON. */
async function both(line: string, world?: World): Promise<string> {
  return report(await ampctl(line, world)) + report(await ampctl(`${line} --json`, world));
}

describe("usage", () => {
  test.each([
    "",
    "job",
    "jop list",
    "job lst",
    "job list extra",
    "job list --stauts all",
    "job list --limit",
    "job list --limit 0",
    "job list -l 1001",
    "job list -s runing",
    "job list --after 0",
    "job list --dataset UPPER",
    "job list --since yesterday",
    "job inspect",
    "job inspect abc",
    "job inspect 0",
    "job inspect -- -1",
    "job inspect 9223372036854775808",
    "dataset inspect a/b/c",
    "table files mainnet blocks --after nonsense",
    "completion tcsh",
  ])("ampctl %s", async (line) => {
    const ended = await ampctl(line);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toBe("");
    expect(report(ended)).toMatchSnapshot();
  });
});

test("wrong usage is JSON too where JSON is asked for", async () => {
  expect(report(await ampctl("job inspect abc --json"))).toMatchSnapshot();
  expect(report(await ampctl("job lst --json"))).toMatchSnapshot();
});

describe("settings", () => {
  test.each([
    ["an address without a scheme", "job list --admin-url localhost:1610", {}],
    ["an address with a password", "job list", { AMP_ADMIN_URL: "http://me:secret@localhost" }],
    ["a token with a line break", "job list", { AMP_AUTH_TOKEN: "one\ntwo" }],
    ["a time that is none", "job list --request-timeout soon", {}],
    ["several at once", "job list --request-timeout 0s", { AMP_ADMIN_URL: "ftp://x", AMP_AUTH_TOKEN: "a b" }],
    ["two servers", "job list --server one --admin-url http://two", {}],
    ["a config file that is not there", "job list --server one --config /nonexistent/config.toml", {}],
  ])("%s is refused", async (_, line, env) => {
    const ended = await ampctl(line, { env });
    expect(ended.code).toBe(2);
    expect(report(ended)).toMatchSnapshot();
    expect(report(ended)).not.toContain("secret");
  });

  test("a server that the config file does not name is refused with those that it names", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ampctl-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, "config.toml");
    await writeFile(path, '[servers.one]\nadmin_url = "http://one"\n[servers.two]\nadmin_url = "http://two"\n');
    expect(report(await ampctl(`job list --config ${path} --server three`))).toMatchSnapshot();
  });
});

describe("refusals", () => {
  test.each([
    "job inspect 99",
    "job progress 99",
    "job events 99",
    "job list --dataset nothing",
    "dataset inspect nothing",
    "dataset inspect mainnet@9.9.9",
    "dataset versions nothing",
    "worker inspect nobody",
    "table list nothing",
    "table inspect mainnet traces",
    "table files mainnet@dev blocks",
  ])("ampctl %s", async (line) => {
    const ended = await ampctl(line);
    expect(ended.code).toBe(1);
    expect(await both(line)).toMatchSnapshot();
  });
});

describe("a server", () => {
  test("that is down means: try again", async () => {
    const env = { AMP_ADMIN_URL: "http://127.0.0.1:1" };
    expect(await both("job list", { env })).toMatchSnapshot();
    expect((await ampctl("server", { env })).code).toBe(75);
  });

  test("that does not answer in time means: try again", async () => {
    const url = await startStub(() => undefined);
    expect(await both("job inspect 1 --request-timeout 50ms", { env: { AMP_ADMIN_URL: url } })).toMatchSnapshot();
  });

  test("that breaks off means: try again", async () => {
    const url = await startStub((_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("{");
      setImmediate(() => response.destroy());
    });
    expect(await both("job list", { env: { AMP_ADMIN_URL: url } })).toMatchSnapshot();
  });

  test("that starts or ends means: try again", async () => {
    const url = await startStub((_, response) => {
      response.writeHead(503, { "content-type": "application/json" });
      response.end('{"error_code":"UNAVAILABLE","error_message":"the database is gone","request_id":"r-1"}');
    });
    expect(await both("job list", { env: { AMP_ADMIN_URL: url } })).toMatchSnapshot();
  });

  test("that wants another token refuses, and the token is not shown", async () => {
    const url = await startStub((request, response) => {
      const isKnown = request.headers.authorization === "Bearer right";
      response.writeHead(isKnown ? 403 : 401, { "content-type": "application/json" });
      const code = isKnown ? "FORBIDDEN" : "UNAUTHENTICATED";
      response.end(`{"error_code":"${code}","error_message":"role viewer is not enough","request_id":"r-2"}`);
    });
    const env = { AMP_ADMIN_URL: url };
    const told = [
      await both("job list", { env }),
      await both("job list --auth-token wrong", { env }),
      await both("job list", { env: { ...env, AMP_AUTH_TOKEN: "right" } }),
    ].join("\n");
    expect(told).toMatchSnapshot();
    expect(told).not.toMatch(/wrong\b|right/);
  });

  test("that is no ampd is told as such", async () => {
    const url = await startStub((_, response) => response.end("<html>It works!</html>"));
    expect(await both("job list", { env: { AMP_ADMIN_URL: url } })).toMatchSnapshot();
    const other = await startStub((_, response) => response.writeHead(302, { location: "/login" }).end());
    expect(await both("server", { env: { AMP_ADMIN_URL: other } })).toMatchSnapshot();
  });

  test("that tells a bug is told with the id of the request", async () => {
    const url = await startStub((_, response) => {
      const error = { message: "internal error", extensions: { code: "INTERNAL", requestId: "r-3" } };
      response.end(JSON.stringify({ data: null, errors: [error] }));
    });
    expect(report(await ampctl("worker list", { env: { AMP_ADMIN_URL: url } }))).toMatchSnapshot();
  });
});
