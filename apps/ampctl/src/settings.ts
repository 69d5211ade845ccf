import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ConfigFile } from "./config-file.ts";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { parseDuration } from "./options/duration.ts";

/** Which server, as whom, and how patiently. */
export type Settings = { readonly adminUrl: URL; readonly token: string | undefined; readonly timeoutMs: number };

/** The flags that every command takes, as commander has them. */
export type GlobalOptions = {
  readonly adminUrl?: string;
  readonly authToken?: string;
  readonly server?: string;
  readonly config?: string;
  readonly requestTimeout?: string;
  readonly json?: true;
  readonly color: boolean;
};

const DEFAULT_URL = "http://localhost:1610";
const DEFAULT_TIMEOUT = "30s";

/** A value, and where it stands, for messages. */
type Chosen = { readonly value: string; readonly from: string };

/**
 * Flags before the environment before the config file before the defaults. An address and its token stay together: the
 * token of a named server goes to that server alone, and `--server` leaves AMP_AUTH_TOKEN out.
 * @throws UsageError that names every faulty value
 */
export async function readSettings(options: GlobalOptions, env: Io["env"]): Promise<Settings> {
  const faults: string[] = [];
  const { url, token } = await chooseServer(options, env, faults);
  const adminUrl = url === undefined ? undefined : parseUrl(url, faults);
  const timeoutMs = readTimeout(options, env, faults);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    // The value itself is a secret.
    faults.push("the token (--auth-token, AMP_AUTH_TOKEN or the config file) is not printable ASCII without spaces");
  }
  if (adminUrl === undefined || faults.length > 0) throw faulty(faults);
  return { adminUrl, token, timeoutMs };
}

type Choice = { readonly url: Chosen | undefined; readonly token: string | undefined };

/** The first that says which server: flags, then the environment, then the config file, then the default. */
async function chooseServer(options: GlobalOptions, env: Io["env"], faults: string[]): Promise<Choice> {
  if (options.server !== undefined && options.adminUrl !== undefined) {
    faults.push("--server and --admin-url name two servers: give one of them");
  }
  const envToken = given(env.AMP_AUTH_TOKEN, "AMP_AUTH_TOKEN")?.value;
  const token = options.authToken ?? envToken;
  const flagServer = given(options.server, "--server");
  const url =
    given(options.adminUrl, "--admin-url") ?? (flagServer ? undefined : given(env.AMP_ADMIN_URL, "AMP_ADMIN_URL"));
  // A file that was asked for is read, also where it decides nothing: it may be faulty.
  if (url !== undefined && options.config === undefined) return { url, token };
  const config = await readConfig(options.config, env, faults);
  if (url !== undefined) return { url, token };
  const named = flagServer ?? given(env.AMP_SERVER, "AMP_SERVER") ?? given(config.server, `server in ${config.path}`);
  if (named === undefined) return { url: { value: DEFAULT_URL, from: "the default" }, token };
  const server = findServer(config, named, faults);
  if (server === undefined) return { url: undefined, token };
  return {
    url: { value: server.adminUrl, from: `admin_url of server '${named.value}'` },
    token: (flagServer === undefined ? token : options.authToken) ?? server.token,
  };
}

/** An empty value is as none. */
function given(value: string | undefined, from: string): Chosen | undefined {
  return value === undefined || value === "" ? undefined : { value, from };
}

function faulty(faults: readonly string[]): UsageError {
  const [first = "", ...others] = faults;
  if (others.length === 0) return new UsageError(first, { code: "INVALID_SETTINGS", hint: HINT });
  return new UsageError("settings are faulty", { code: "INVALID_SETTINGS", causes: faults, hint: HINT });
}

const HINT = "ampctl --help lists the settings; flags go before the environment, and that before the config file";

function findServer({ path, servers }: ConfigFile, { value, from }: Chosen, faults: string[]) {
  const found = servers.get(value);
  // A file that cannot be read is told already.
  if (found !== undefined || faults.length > 0) return found;
  const names = [...servers.keys()];
  const known = names.length === 0 ? "names none" : `names ${names.join(", ")}`;
  faults.push(`${from} is '${value}', and the config file ${path} ${known}`);
  return undefined;
}

function parseUrl({ value, from }: Chosen, faults: string[]): URL | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    faults.push(`${from} is '${value}', and must be an address such as http://localhost:1610`);
    return undefined;
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    faults.push(`${from} must be an address without user, password, query and fragment; tokens go into --auth-token`);
    return undefined;
  }
  return url;
}

function readTimeout({ requestTimeout }: GlobalOptions, env: Io["env"], faults: string[]): number {
  const text = requestTimeout ?? env.AMP_REQUEST_TIMEOUT ?? DEFAULT_TIMEOUT;
  const from = requestTimeout === undefined ? "AMP_REQUEST_TIMEOUT" : "--request-timeout";
  const timeoutMs = parseDuration(text);
  if (timeoutMs !== undefined && timeoutMs > 0) return timeoutMs;
  faults.push(`${from} is '${text}', and must be a duration such as 500ms, 10s or 2m`);
  return 0;
}

/** Named servers; an absent file is an empty one unless it was asked for. */
async function readConfig(flag: string | undefined, env: Io["env"], faults: string[]): Promise<ConfigFile> {
  const asked = flag ?? env.AMPCTL_CONFIG;
  const home = env.XDG_CONFIG_HOME ?? join(env.HOME ?? homedir(), ".config");
  const path = asked ?? join(home, "ampctl", "config.toml");
  const none: ConfigFile = { path, server: undefined, servers: new Map() };
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT";
    const why = error instanceof Error ? error.message : String(error);
    if (asked !== undefined || !isAbsent) faults.push(`the config file ${path} cannot be read: ${why}`);
    return none;
  }
  return (await import("./config-file.ts")).parseConfig(path, text, faults) ?? none;
}
