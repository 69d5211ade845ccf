import { hostname } from "node:os";
import { expect, test } from "vitest";
import { type Environment, parseCommandLine } from "./config.ts";
import { settingsTable } from "./config-table.ts";
import { InvalidConfigError } from "./domain/errors.ts";

function solo(argv: readonly string[], env: Environment = {}) {
  const command = parseCommandLine(["solo", ...argv], env);
  if (command.role !== "solo") throw new Error(`the role is ${command.role}`);
  return command.settings;
}

function faultsOf(argv: readonly string[], env: Environment = {}): string[] {
  try {
    parseCommandLine(argv, env);
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.message.split("\n");
    throw error;
  }
  return [];
}

class Exit extends Error {}

function printed(argv: readonly string[]): { text: string; code: number | undefined } {
  const out: { text: string; code: number | undefined } = { text: "", code: undefined };
  const output = {
    write: (text: string) => {
      out.text += text;
    },
    exit: (code: number) => {
      out.code = code;
      throw new Exit();
    },
  };
  expect(() => parseCommandLine(argv, {}, output)).toThrow(Exit);
  return out;
}

test("without flags and variables every setting has its documented default", () => {
  expect(solo([])).toEqual({
    host: "127.0.0.1",
    port: 1610,
    dataDir: ".amp",
    databaseUrl: undefined,
    listenUrl: undefined,
    storageUrl: undefined,
    nodeId: hostname(),
    rpcUrl: undefined,
    logLevel: "info",
    capacity: 4,
    segmentIntervalMs: 10_000,
    leaseMs: 10_000,
    stopDeadlineMs: 60_000,
    drainDeadlineMs: 60_000,
    jobWatchdogMs: 600_000,
    fileRetentionMs: 86_400_000,
    eventRetentionMs: undefined,
    maxAttempts: 10,
    allowedOrigins: [],
    persistedOperations: undefined,
    persistedOnly: false,
    providerEnv: [],
    insecure: false,
  });
});

test("the flag wins over the environment, and an empty variable counts as absent", () => {
  const env = { AMP_PORT: "1", AMP_CAPACITY: "7", AMP_DATA_DIR: "", AMP_RPC_URL: "" };
  expect(solo(["--port", "2"], env)).toMatchObject({ port: 2, capacity: 7, dataDir: ".amp", rpcUrl: undefined });
});

test.each([
  ["500ms", 500],
  ["10s", 10_000],
  ["5m", 300_000],
  ["24h", 86_400_000],
])("the duration %s is %i ms", (text, ms) => {
  expect(solo([`--segment-interval=${text}`]).segmentIntervalMs).toBe(ms);
});

test.each(["10", "1.5s", "-1s", "s", "1d", "10 s", "99ms", "25h", "", "1S", "١s"])(
  "the duration '%s' is refused",
  (text) => {
    expect(faultsOf(["solo", `--segment-interval=${text}`])).toEqual([
      `--segment-interval ${JSON.stringify(text)} is not allowed: give a duration from 100ms to 24h, such as 500ms, 10s, 5m or 24h`,
    ]);
  },
);

test("a lease of three heartbeats is taken, a shorter one refused", () => {
  expect(solo(["--lease", "3s"]).leaseMs).toBe(3_000);
  expect(faultsOf(["solo", "--lease", "2999ms"])).toEqual([
    '--lease "2999ms" is not allowed: give a duration from 3s (three heartbeats of 1s) to 1h, such as 500ms, 10s, 5m or 24h',
  ]);
});

test("events are kept for ever unless an age is given", () => {
  expect(solo(["--event-retention", "off"]).eventRetentionMs).toBeUndefined();
  expect(solo(["--event-retention", "720h"]).eventRetentionMs).toBe(2_592_000_000);
  expect(faultsOf(["solo", "--event-retention", "never"])).toEqual([
    '--event-retention "never" is not allowed: give off, or a duration from 1m to 87600h, such as 500ms, 10s, 5m or 24h',
  ]);
});

test.each(["controller", "worker"])("%s does not start without a database server", (role) => {
  const missing =
    "--database-url (AMP_DATABASE_URL) is missing: give a URL that starts with postgres:// or postgresql://";
  expect(faultsOf([role])).toEqual([missing]);
  expect(faultsOf([role], { AMP_DATABASE_URL: "" })).toEqual([missing]);
  expect(faultsOf([role], { AMP_DATABASE_URL: "postgres://db/amp" })).toEqual([]);
});

test("a worker takes a free port, and a controller the known one", () => {
  const env = { AMP_DATABASE_URL: "postgres://db/amp" };
  expect(parseCommandLine(["worker"], env).settings).toMatchObject({ port: 0 });
  expect(parseCommandLine(["controller"], env).settings).toMatchObject({ port: 1610 });
  expect(printed(["worker", "--help"]).text).toMatch(/AMP_PORT; default: 0\)/);
});

test.each(["0", "65535"])("port %s is taken", (port) => {
  expect(solo(["--port", port]).port).toBe(Number(port));
});

test.each(["65536", "-1", "1e3", "0x50", "80.5", "", " 80", "٨٠"])("port '%s' is refused", (port) => {
  expect(faultsOf(["solo", `--port=${port}`])).toEqual([
    `--port ${JSON.stringify(port)} is not allowed: give a whole number from 0 to 65535`,
  ]);
});

test("every fault is reported at once, each naming its flag or variable", () => {
  const argv = ["solo", "--port", "x", "--colour", "red", "extra", "--capacity", "--insecure=perhaps"];
  expect(faultsOf(argv, { AMP_LEASE: "1s", AMP_LOG_LEVEL: "loud" }).map((fault) => fault.split(":")[0])).toEqual([
    "unknown option '--colour'",
    'argument "extra" is one too many for ampd solo',
    '--port "x" is not allowed',
    'AMP_LOG_LEVEL (--log-level) "loud" is not allowed',
    '--capacity "" is not allowed',
    'AMP_LEASE (--lease) "1s" is not allowed',
    '--insecure "perhaps" is not allowed',
  ]);
});

test("what stands behind -- has no place, and -- itself is no fault", () => {
  expect(faultsOf(["solo", "--port", "x", "--"])).toHaveLength(1);
  expect(faultsOf(["solo", "-x", "--", "--port"])).toEqual(["unknown option '-x'", '"--port" has no place behind --']);
});

test("a mistyped option or role is met with a suggestion", () => {
  expect(faultsOf(["solo", "--databse-url=x"])).toEqual([
    "unknown option '--databse-url' (Did you mean --database-url?)",
  ]);
  expect(faultsOf(["slo"])).toEqual(["unknown command 'slo' (Did you mean solo?)"]);
});

test.each([[[]], [["--port", "5", "solo"]]])("%j has no role where one belongs", (argv) => {
  expect(faultsOf(argv)).toEqual([
    "the role comes first: ampd solo or ampd controller or ampd worker or ampd migrate; ampd --help says more",
  ]);
});

test("a role refuses the settings of others, and does not read their variables", () => {
  expect(faultsOf(["migrate", "--port", "5"])).toEqual(["unknown option '--port'"]);
  expect(parseCommandLine(["migrate"], { AMP_PORT: "x", AMP_LOG_LEVEL: "x" })).toEqual({
    role: "migrate",
    settings: { dataDir: ".amp", databaseUrl: undefined, listenUrl: undefined },
  });
});

const SECRET = "hunter2";

test.each([
  [["solo", `--database-url=mysql://amp:${SECRET}@db/amp`]],
  [["solo", `--database-url=${SECRET}`]],
  [["solo", `--database-url=postgres://amp:${SECRET}@db:port/amp`]],
  [["solo", `--storage-url=s3://AKIA:${SECRET}@bucket/prefix`]],
  [["solo", `--rpc-url=ftp://node/${SECRET}`]],
  [["solo", "--rpc-url", `${SECRET}:x@node`]],
  [["solo", `--databse-url=postgres://amp:${SECRET}@db/amp`]],
  [["solo", "--databse-url", `postgres://amp:${SECRET}@db/amp`]],
  [["solo", `postgres://amp:${SECRET}@db/amp`]],
  [[`postgres://amp:${SECRET}@db/amp`]],
  [["solo", `--listen-url=postgres://amp:${SECRET}@db/amp`]],
])("no message shows the secret of %j", (argv) => {
  const faults = faultsOf(argv);
  expect(faults).toHaveLength(1);
  expect(faults[0]).not.toContain(SECRET);
});

test("a database URL with another scheme is refused by naming both that are allowed", () => {
  expect(faultsOf(["solo"], { AMP_DATABASE_URL: "mysql://u:p@h/d" })).toEqual([
    'AMP_DATABASE_URL (--database-url) "mysql://…" is not allowed: give a URL that starts with postgres:// or postgresql://',
  ]);
});

test.each(["s3://bucket", "s3://bucket/some/prefix/", "file:///var/lib/amp"])("the storage %s is taken", (url) => {
  expect(solo(["--storage-url", url]).storageUrl).toBe(url);
});

test("storage with another scheme is refused by naming what is allowed", () => {
  expect(faultsOf(["solo"], { AMP_STORAGE_URL: "gs://bucket/prefix" })).toEqual([
    'AMP_STORAGE_URL (--storage-url) "gs://…" is not allowed: give file:///folder or s3://bucket/prefix, without credentials and without a query',
  ]);
});

test.each(["http://node:8545", "https://node/key", "ws://node", "wss://node/key"])(
  "the endpoint %s is taken",
  (url) => {
    expect(solo(["--rpc-url", url]).rpcUrl).toBe(url);
  },
);

test.each(["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])("host %s needs no --insecure", (host) => {
  expect(faultsOf(["solo", "--host", host])).toEqual([]);
});

test.each(["0.0.0.0", "::", "[::]", "10.0.0.1", "amp.example.com"])(
  "host %s without --insecure is refused with the reason",
  (host) => {
    expect(faultsOf(["solo", "--host", host])).toEqual([
      expect.stringMatching(
        /^--host "\S+" \(AMP_HOST\) is reached from beyond this machine, .* nobody is asked who they are/,
      ),
    ]);
    expect(faultsOf(["solo", "--host", host, "--insecure"])).toEqual([]);
    expect(faultsOf(["solo", "--host", host], { AMP_INSECURE: "true" })).toEqual([]);
    expect(faultsOf(["solo", "--host", host], { AMP_INSECURE: "false" })).toHaveLength(1);
  },
);

test("--insecure does not swallow the option behind it", () => {
  expect(solo(["--insecure", "--port", "5"])).toMatchObject({ insecure: true, port: 5 });
});

test("origins come as a repeated flag or a comma list, and are normalised", () => {
  const argv = ["--allow-origin", "http://a:80, http://b:1/", "--allow-origin", "https://C.example:443"];
  expect(solo(argv).allowedOrigins).toEqual(["http://a", "http://b:1", "https://c.example"]);
  expect(solo([], { AMP_ALLOW_ORIGIN: "http://a,http://b" }).allowedOrigins).toEqual(["http://a", "http://b"]);
});

test.each([
  "*",
  "null",
  "http://a/path",
  "http://a?b",
  "http://u:p@a",
  "ftp://a",
  "a.example",
  "http://*.a",
  "http://a,b",
])("the origin %s is refused", (origin) => {
  expect(faultsOf(["solo", "--allow-origin", origin])).toHaveLength(1);
});

test("names of variables come as a list, and anything else is refused", () => {
  expect(solo(["--provider-env", "A,B_1", "--provider-env=c"]).providerEnv).toEqual(["A", "B_1", "c"]);
  expect(faultsOf(["solo", "--provider-env", "A-B"])).toHaveLength(1);
});

test.each(["a b", "", "a/b", "ü", "x".repeat(101)])("the node id '%s' is refused", (nodeId) => {
  expect(faultsOf(["solo", `--node-id=${nodeId}`])).toHaveLength(1);
});

test("nothing but persisted operations needs a file of them", () => {
  expect(faultsOf(["solo", "--persisted-only"])).toEqual([
    "--persisted-only (AMP_PERSISTED_ONLY) needs --persisted-operations (AMP_PERSISTED_OPERATIONS)",
  ]);
  const settings = solo(["--persisted-only", "--persisted-operations", "operations.json"]);
  expect(settings).toMatchObject({ persistedOnly: true, persistedOperations: "operations.json" });
});

test("a LISTEN connection without a database is refused", () => {
  expect(faultsOf(["solo", "--listen-url", "postgres://h/d"])).toHaveLength(1);
  expect(faultsOf(["solo", "--listen-url", "postgres://h/d", "--database-url", "postgres://h/d"])).toEqual([]);
});

test.each([[["solo", "--help"]], [["solo", "-h"]], [["help", "solo"]]])(
  "%j prints every setting with its variable and its default, and exits with 0",
  (argv) => {
    const { text, code } = printed(argv);
    expect(code).toBe(0);
    const oneLine = text.replace(/\s+/g, " ");
    for (const { flag, env, default: standard, defaultInWords } of Object.values(settingsTable)) {
      expect(oneLine).toContain(` ${flag} `);
      expect(oneLine).toContain(`(${env}; default: ${defaultInWords ?? standard})`);
    }
  },
);

test("--help lists the roles, even with faulty settings beside it", () => {
  expect(printed(["--help"])).toEqual({
    code: 0,
    text: expect.stringMatching(/solo[\s\S]+controller[\s\S]+worker[\s\S]+migrate/),
  });
  expect(printed(["solo", "--port", "x", "--help"]).code).toBe(0);
});

test("--version prints the version", () => {
  expect(printed(["--version"])).toEqual({ code: 0, text: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});
