import { InvalidArgumentError, InvalidProviderNameError } from "./errors.ts";
import { JsonFields, refuseArgument, show } from "./parse.ts";
import { hostOf, isSecretField, MASK } from "./provider-secrets.ts";

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

/** As long as an index holds. */
const NAME = /^[a-z_][a-z0-9_]{0,254}$/;
const PROTOCOLS = ["http:", "https:", "ws:", "wss:"];
const HOST_IS_VARIABLE = "provider.url may not take its host from a variable";
const VARIABLE = /\$\{([^}]*)\}/g;

/** @throws InvalidProviderNameError */
export function requireProviderName(name: string): string {
  if (!NAME.test(name)) throw new InvalidProviderNameError(name);
  return name;
}

/**
 * Reads a provider's fields from JSON.
 * @throws InvalidArgumentError naming the field; a URL is never repeated: it may hold credentials and keys
 */
export function parseProvider(config: unknown): ProviderSettings {
  const fields = new JsonFields(config, "provider", refuseArgument, (name) => name === "url" || isSecretField(name));
  if (fields.value("kind") !== "evm-rpc") throw fields.fault("kind", '"evm-rpc"');
  const url = fields.string("url");
  if (!URL.canParse(url) || !PROTOCOLS.includes(new URL(url).protocol)) {
    throw new InvalidArgumentError("provider.url must be an absolute http, https, ws or wss URL");
  }
  if (url.includes(MASK)) {
    throw new InvalidArgumentError(`provider.url must not hold ${MASK}, which stands for a secret: give it whole`);
  }
  requireLiteralHost(url);
  return {
    network: fields.shortString("network"),
    url,
    authToken: readToken(fields),
    authHeader: readHeaderName(fields),
    requestsPerMinute: fields.positiveInteger("rate_limit_per_minute"),
    concurrency: fields.positiveInteger("concurrent_request_limit"),
    batchSize: fields.positiveInteger("rpc_batch_size"),
    receiptsPerTransaction: fields.boolean("fetch_receipts_per_tx", false),
    timeoutSeconds: fields.positiveInteger("timeout_secs"),
  };
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
  const template = templateOf(settings.url);
  const url = expand(template);
  if (hostOf(url) !== requireLiteralHost(settings.url)) throw new InvalidArgumentError(HOST_IS_VARIABLE);
  return {
    ...settings,
    url,
    authToken: settings.authToken === undefined ? undefined : requireHeaderValue(expand(settings.authToken)),
  };
}

/** The URL with its variables as they were written: in a path the URL's parser encodes them. */
function templateOf(url: string): string {
  return url.replaceAll(/\$%7B([A-Za-z0-9_]*)%7D/gi, (_, name: string) => `\${${name}}`);
}

/** @throws InvalidArgumentError for a host that depends on a variable: a provider must not send the environment away */
function requireLiteralHost(url: string): string {
  const template = templateOf(url);
  const host = hostOf(template.replaceAll(VARIABLE, "a"));
  if (host !== undefined && host === hostOf(template.replaceAll(VARIABLE, "b"))) return host;
  throw new InvalidArgumentError(HOST_IS_VARIABLE);
}

function readToken(fields: JsonFields): string | undefined {
  const token = fields.optionalString("auth_token");
  if (token === MASK) throw fields.fault("auth_token", "the whole secret");
  return token === undefined ? undefined : requireHeaderValue(token);
}

/** @throws InvalidArgumentError for what no header may hold (RFC 9110, section 5.5), which is not repeated */
function requireHeaderValue(token: string): string {
  if (/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(token)) return token;
  throw new InvalidArgumentError("provider.auth_token must be of visible ASCII characters: no header holds it");
}

/** The name of a header (RFC 9110, section 5.1), which is shown: nobody may take it for the place of the secret. */
function readHeaderName(fields: JsonFields): string | undefined {
  const name = fields.optionalString("auth_header");
  if (name === undefined || /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return name;
  throw fields.fault("auth_header", "the name of a header");
}
