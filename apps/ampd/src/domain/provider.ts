import { InvalidArgumentError, InvalidProviderNameError } from "./errors.ts";
import { JsonFields, refuseArgument, show } from "./parse.ts";

/** A chain endpoint as registered. Fields that are not understood are kept in `config` and returned. */
export type ProviderSettings = {
  readonly network: string;
  readonly url: string;
  readonly authToken: string | undefined;
  /** The header that carries the token; `authorization` with `Bearer` when absent. */
  readonly authHeader: string | undefined;
  readonly requestsPerMinute: number | undefined;
  readonly concurrency: number | undefined;
  readonly batchSize: number | undefined;
  readonly receiptsPerTransaction: boolean;
  readonly timeoutSeconds: number | undefined;
};

const NAME = /^[a-z_][a-z0-9_]*$/;
const PROTOCOLS = ["http:", "https:", "ws:", "wss:"];
const SECRET_FIELD = /token|secret|password|key|credential|^auth/i;
const VARIABLE = /\$\{([^}]*)\}/g;
/** Path segments as long as this are taken for API keys. */
const KEY_LENGTH = 16;

/** @throws InvalidProviderNameError */
export function requireProviderName(name: string): string {
  if (!NAME.test(name)) throw new InvalidProviderNameError(name);
  return name;
}

/**
 * Reads a provider's fields from JSON.
 * @throws InvalidArgumentError naming the field; a URL is never repeated, since it may hold a secret
 */
export function parseProvider(config: unknown): ProviderSettings {
  const fields = new JsonFields(config, "provider", refuseArgument, isSecretField);
  if (fields.value("kind") !== "evm-rpc") throw fields.fault("kind", '"evm-rpc"');
  const url = fields.string("url");
  if (!URL.canParse(url) || !PROTOCOLS.includes(new URL(url).protocol)) {
    throw new InvalidArgumentError("provider.url must be an absolute http, https, ws or wss URL");
  }
  return {
    network: fields.string("network"),
    url,
    authToken: fields.optionalString("auth_token"),
    authHeader: fields.optionalString("auth_header"),
    requestsPerMinute: fields.positiveInteger("rate_limit_per_minute"),
    concurrency: fields.positiveInteger("concurrent_request_limit"),
    batchSize: fields.positiveInteger("rpc_batch_size"),
    receiptsPerTransaction: fields.boolean("fetch_receipts_per_tx", false),
    timeoutSeconds: fields.positiveInteger("timeout_secs"),
  };
}

/** The fields that may be shown: no tokens, and the URL without credentials, keys in its path, or query values. */
export function publicConfig(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([field]) => field === "auth_header" || !SECRET_FIELD.test(field))
      .map(([field, value]) => [field, field === "url" && typeof value === "string" ? publicUrl(value) : value]),
  );
}

/** What an update leaves out of the secrets stays, unless it names another host: a token must not go there. */
export function keepSecrets(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if (hostOf(String(before.url)) !== hostOf(String(after.url))) return { ...after };
  const kept = Object.entries(before).filter(([field]) => SECRET_FIELD.test(field) && !(field in after));
  return { ...Object.fromEntries(kept), ...after };
}

/**
 * Replaces `${NAME}` in the URL and the token by the environment's value, at the moment of use.
 * @param mayRead whether a variable's name may be read: a provider must not send the environment away
 * @throws InvalidArgumentError for a name that may not be read or is not set, or a `${…}` within the URL's host
 */
export function expandSecrets(
  settings: ProviderSettings,
  environment: Readonly<Record<string, string | undefined>>,
  mayRead: (name: string) => boolean,
): ProviderSettings {
  const expand = (text: string) =>
    text.replaceAll(VARIABLE, (_, name: string) => {
      if (!mayRead(name)) throw new InvalidArgumentError(`a provider may not read the variable ${show(name)}`);
      const value = environment[name];
      if (value === undefined) throw new InvalidArgumentError(`the variable ${show(name)} of a provider is not set`);
      return value;
    });
  const template = settings.url.replaceAll(/\$%7B([A-Za-z0-9_]*)%7D/gi, (_, name: string) => `\${${name}}`);
  const host = hostOf(template.replaceAll(VARIABLE, "a"));
  const url = expand(template);
  if (host === undefined || host !== hostOf(template.replaceAll(VARIABLE, "b")) || host !== hostOf(url)) {
    throw new InvalidArgumentError("provider.url may not take its host from a variable");
  }
  return {
    ...settings,
    url,
    authToken: settings.authToken === undefined ? undefined : expand(settings.authToken),
  };
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

/** A URL may hold credentials and keys. */
function isSecretField(name: string): boolean {
  return name === "url" || SECRET_FIELD.test(name);
}

function publicUrl(value: string): string {
  if (!URL.canParse(value)) return "***";
  const url = new URL(value);
  url.username = "";
  url.password = "";
  url.hash = "";
  const segments = url.pathname.split("/").map((segment) => (segment.length >= KEY_LENGTH ? "***" : segment));
  url.pathname = segments.join("/");
  for (const name of [...url.searchParams.keys()]) url.searchParams.set(name, "***");
  return url.href;
}
