type Fields = Readonly<Record<string, unknown>>;

/** What is shown in the place of a secret within a URL. */
export const MASK = "***";

/** Headers of an unknown endpoint are as good as its token. */
const SECRET_FIELD =
  /token|secret|pass|pwd|key|credential|jwt|bearer|cookie|basic|signature|mnemonic|^auth|^headers?$/i;
/** As WHATWG reads them: `https:user:pass@host` is a URL too. */
const URL_IN_TEXT = /(?:(?:https?|wss?|ftp):|[a-z][a-z0-9+.-]*:[\\/]{2})[^\s"'<>]+/gi;
/** Path segments as long as this are taken for API keys, and shorter ones of letters and digits. */
const KEY_LENGTH = 16;
const SHORT_KEY = /^(?=.*\d)(?=.*[a-z])[a-z0-9_-]{6,}$/i;
/** What stands behind it in a text is a token. */
const SCHEME_IN_TEXT = /\b(Bearer|Basic)\s+\S+/gi;

/** Whether a field may hold a secret, by its name. */
export function isSecretField(name: string): boolean {
  return SECRET_FIELD.test(name);
}

/**
 * The fields of a provider that may be shown, at every depth: no tokens, and URLs, wherever they stand, without
 * credentials, keys in their path, or query values.
 */
export function publicConfig(config: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([field]) => field === "auth_header" || !isSecretField(field))
      .map(([field, value]) => [field, publicField(field, value)]),
  );
}

/**
 * An update with the secrets that it leaves out, at every depth: fields that are never shown, and texts as they are
 * shown, so that what was read can be written back. Not when it names another host, or another protocol, which may be an open one: a secret must not go there.
 */
export function keepSecrets(before: Fields, after: Fields): Record<string, unknown> {
  return placeOf(before.url) === placeOf(after.url) ? keepInFields(before, after) : { ...after };
}

export function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

function placeOf(url: unknown): string | undefined {
  if (typeof url !== "string" || !URL.canParse(url)) return undefined;
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

function keepInFields(before: Fields, after: Fields): Record<string, unknown> {
  const kept = Object.entries(before).filter(([field]) => isSecretField(field) && !Object.hasOwn(after, field));
  const given = Object.entries(after).map(([field, value]) => [field, keepInField(field, before[field], value)]);
  return { ...Object.fromEntries(kept), ...Object.fromEntries(given) };
}

function keepInField(field: string, before: unknown, after: unknown): unknown {
  if (typeof before === "string") return after === publicField(field, before) ? before : after;
  if (Array.isArray(before) && Array.isArray(after)) {
    return after.map((value, index) => keepInField("", before[index], value));
  }
  return isFields(before) && isFields(after) ? keepInFields(before, after) : after;
}

function publicField(field: string, value: unknown): unknown {
  if (typeof value === "string") {
    if (field === "url") return publicUrl(value);
    return value.replaceAll(URL_IN_TEXT, publicUrl).replaceAll(SCHEME_IN_TEXT, `$1 ${MASK}`);
  }
  if (Array.isArray(value)) return value.map((inner) => publicField("", inner));
  return isFields(value) ? publicConfig(value) : value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function publicUrl(value: string): string {
  // Without a host nothing can be told apart.
  if (!hostOf(value)) return MASK;
  const url = new URL(value);
  url.username = "";
  url.password = "";
  url.hash = "";
  url.pathname = url.pathname
    .split("/")
    .map((segment) => (isKeyLike(segment) ? MASK : segment))
    .join("/");
  // A name without a value may be the key itself.
  url.search = [...url.searchParams]
    .map(([name, text]) => (text === "" ? MASK : `${encodeURIComponent(name)}=${MASK}`))
    .join("&");
  return url.href;
}

/** Also what follows on another URL in the same text, with its credentials. */
function isKeyLike(segment: string): boolean {
  return segment.length >= KEY_LENGTH || SHORT_KEY.test(segment) || /[:@]|%40/.test(segment);
}
