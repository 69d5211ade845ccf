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
/** As WHATWG reads them: `https:user:pass@host` is a URL too. */
const URL_IN_TEXT = /(?:(?:https?|wss?|ftp):|[a-z][a-z0-9+.-]*:[\\/]{2})[^\s"'<>]+/gi;
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

/**
 * The fields that may be shown, at every depth: no tokens, and URLs, wherever they stand, without credentials, keys in
 * their path, or query values.
 */
export function publicConfig(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([field]) => field === "auth_header" || !SECRET_FIELD.test(field))
      .map(([field, value]) => [
        field,
        field === "url" && typeof value === "string" ? publicUrl(value) : publicValue(value),
      ]),
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

function publicValue(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll(URL_IN_TEXT, publicUrl);
  if (Array.isArray(value)) return value.map(publicValue);
  // JSON, so its keys are strings.
  return typeof value === "object" && value !== null ? publicConfig(value as Record<string, unknown>) : value;
}

function publicUrl(value: string): string {
  // Without a host nothing can be told apart.
  if (!hostOf(value)) return "***";
  const url = new URL(value);
  url.username = "";
  url.password = "";
  url.hash = "";
  url.pathname = url.pathname
    .split("/")
    .map((segment) => (isKeyLike(segment) ? "***" : segment))
    .join("/");
  // A name without a value may be the key itself.
  url.search = [...url.searchParams]
    .map(([name, text]) => (text === "" ? "***" : `${encodeURIComponent(name)}=***`))
    .join("&");
  return url.href;
}

/** Also what follows on another URL in the same text, with its credentials. */
function isKeyLike(segment: string): boolean {
  return segment.length >= KEY_LENGTH || /[:@]|%40/.test(segment);
}
