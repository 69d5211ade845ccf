import { parse, TomlError } from "smol-toml";

export type ConfigFile = {
  readonly path: string;
  /** The name of the server that is used when nothing else names one. */
  readonly server: string | undefined;
  readonly servers: ReadonlyMap<string, Server>;
};

type Server = { readonly adminUrl: string; readonly token: string | undefined };

const TOP_KEYS = ["server", "servers"];
const SERVER_KEYS = ["admin_url", "auth_token"];

/**
 * Reads the config file. A fault is added to `faults`, and its value left out.
 * ```toml
 * server = "production"
 * [servers.production]
 * admin_url = "https://amp.example"
 * auth_token = "…"
 * ```
 */
export function parseConfig(path: string, text: string, faults: string[]): ConfigFile | undefined {
  const content = parseToml(path, text, faults);
  if (content === undefined) return undefined;
  const fault: Fault = (what) => void faults.push(`the config file ${path}: ${what}`);
  for (const key of unknownKeys(content, TOP_KEYS)) fault(`'${key}' is not known: use ${TOP_KEYS.join(" or ")}`);
  const { server, servers = {} } = content;
  if (server !== undefined && typeof server !== "string") fault("server must be a name in quotes");
  if (!isTable(servers)) fault("servers must be tables, such as [servers.production]");
  const found = Object.entries(isTable(servers) ? servers : {}).map(([name, entry]) => parseServer(name, entry, fault));
  return {
    path,
    server: typeof server === "string" ? server : undefined,
    servers: new Map(found.filter((one) => one !== undefined)),
  };
}

type Fault = (what: string) => void;

function parseServer(name: string, entry: unknown, fault: Fault): [string, Server] | undefined {
  const table = isTable(entry) ? entry : {};
  for (const key of unknownKeys(table, SERVER_KEYS)) {
    fault(`'${key}' of server '${name}' is not known: use ${SERVER_KEYS.join(" or ")}`);
  }
  const { admin_url: adminUrl, auth_token: token } = table;
  if (typeof adminUrl !== "string") fault(`server '${name}' needs an admin_url in quotes`);
  else if (token !== undefined && typeof token !== "string") fault(`auth_token of server '${name}' must be in quotes`);
  else return [name, { adminUrl, token }];
  return undefined;
}

type Table = Readonly<Record<string, unknown>>;

function parseToml(path: string, text: string, faults: string[]): Table | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Its message goes on with a piece of the file, which may hold a token.
    const [what] = error.message.split("\n");
    faults.push(`the config file ${path} is no TOML, in line ${error.line}: ${what}`);
    return undefined;
  }
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unknownKeys(table: Table, known: readonly string[]): string[] {
  return Object.keys(table).filter((key) => !known.includes(key));
}
