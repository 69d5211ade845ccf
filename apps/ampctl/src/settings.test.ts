import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { UsageError } from "./errors.ts";
import { type GlobalOptions, readSettings } from "./settings.ts";

const CONFIG = `
server = "staging"
[servers.staging]
admin_url = "http://staging:1610"
auth_token = "staging-token"
[servers.production]
admin_url = "https://production/amp"
auth_token = "production-token"
[servers.open]
admin_url = "http://open"
`;

/** A home folder, with the config file when there is one to be. */
async function home(config?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ampctl-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, ".config/ampctl"), { recursive: true });
  if (config !== undefined) await writeFile(join(folder, ".config/ampctl/config.toml"), config);
  return folder;
}

type Given = { readonly config?: string; readonly env?: Readonly<Record<string, string>> };

async function read(options: Partial<GlobalOptions>, { config, env = {} }: Given = {}) {
  const { adminUrl, token, timeoutMs } = await readSettings(
    { color: true, ...options },
    { HOME: await home(config), ...env },
  );
  return { url: adminUrl.href, token, timeoutMs };
}

async function faults(options: Partial<GlobalOptions>, given: Given = {}): Promise<string[]> {
  try {
    await read(options, given);
  } catch (error) {
    if (error instanceof UsageError) return error.causes.length === 0 ? [error.message] : [...error.causes];
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("which server", () => {
  const env = { AMP_ADMIN_URL: "http://environment", AMP_AUTH_TOKEN: "environment-token" };

  test("is the one on this machine when nothing says another", async () => {
    expect(await read({})).toEqual({ url: "http://localhost:1610/", token: undefined, timeoutMs: 30_000 });
    expect(await read({}, { env: { AMP_ADMIN_URL: "", AMP_AUTH_TOKEN: "" } })).toMatchObject({ token: undefined });
  });

  test("is said by flags before the environment before the config file", async () => {
    expect(await read({}, { config: CONFIG })).toMatchObject({ url: "http://staging:1610/", token: "staging-token" });
    expect(await read({}, { config: CONFIG, env })).toMatchObject({
      url: "http://environment/",
      token: "environment-token",
    });
    expect(await read({ adminUrl: "http://flag", authToken: "flag-token" }, { config: CONFIG, env })).toMatchObject({
      url: "http://flag/",
      token: "flag-token",
    });
  });

  test("may be named, by a flag or the environment", async () => {
    const named = { url: "https://production/amp", token: "production-token" };
    expect(await read({ server: "production" }, { config: CONFIG, env })).toMatchObject(named);
    expect(await read({}, { config: CONFIG, env: { AMP_SERVER: "production" } })).toMatchObject(named);
  });

  test("keeps its token to itself: that of a named one goes to no other, and no other's to it", async () => {
    expect(await read({ adminUrl: "http://flag" }, { config: CONFIG })).toMatchObject({ token: undefined });
    expect(await read({ server: "open" }, { config: CONFIG, env })).toMatchObject({ token: undefined });
    expect(await read({ server: "open", authToken: "flag-token" }, { config: CONFIG })).toMatchObject({
      token: "flag-token",
    });
  });

  test("may stand in a file of another name", async () => {
    const folder = await home(CONFIG);
    const config = join(folder, ".config/ampctl/config.toml");
    expect(await read({ config })).toMatchObject({ url: "http://staging:1610/" });
    expect(await read({}, { env: { AMPCTL_CONFIG: config } })).toMatchObject({ url: "http://staging:1610/" });
    expect(await read({}, { env: { XDG_CONFIG_HOME: join(folder, ".config") } })).toMatchObject({
      url: "http://staging:1610/",
    });
  });
});

test("how long to wait is said by a flag before the environment", async () => {
  const env = { AMP_REQUEST_TIMEOUT: "2s" };
  expect(await read({}, { env })).toMatchObject({ timeoutMs: 2_000 });
  expect(await read({ requestTimeout: "500ms" }, { env })).toMatchObject({ timeoutMs: 500 });
});

describe("what is wrong is refused", () => {
  test.each([
    ["localhost:1610"],
    ["not a url"],
    ["ftp://host"],
    ["http://"],
    ["http://user:pass@host"],
    ["http://host?a=1"],
    ["http://host#a"],
  ])("the address '%s'", async (adminUrl) => {
    expect(await faults({ adminUrl })).toEqual([expect.stringContaining("--admin-url")]);
  });

  test.each([["soon"], ["10"], ["0s"], ["-1s"]])("the time '%s'", async (requestTimeout) => {
    expect(await faults({ requestTimeout })).toEqual([
      `--request-timeout is '${requestTimeout}', and must be a duration such as 500ms, 10s or 2m`,
    ]);
  });

  test("every fault at once, and no token among them", async () => {
    const env = { AMP_ADMIN_URL: "nowhere", AMP_AUTH_TOKEN: "se\ncret", AMP_REQUEST_TIMEOUT: "long" };
    const found = await faults({}, { env });
    expect(found).toHaveLength(3);
    expect(found.join()).not.toContain("cret");
  });

  test("a name that the file does not have", async () => {
    expect(await faults({ server: "nowhere" }, { config: CONFIG })).toEqual([
      expect.stringMatching(/^--server is 'nowhere', and the config file .* names staging, production, open$/),
    ]);
    expect(await faults({ server: "nowhere" })).toEqual([expect.stringMatching(/ names none$/)]);
    expect(await faults({}, { config: 'server = "gone"' })).toEqual([expect.stringContaining("is 'gone'")]);
  });

  test("a file that cannot be read, also where it decides nothing", async () => {
    expect(await faults({ config: tmpdir(), adminUrl: "http://flag" })).toHaveLength(1);
    expect(await faults({ config: tmpdir() })).toEqual([expect.stringContaining("cannot be read: EISDIR")]);
  });
});
