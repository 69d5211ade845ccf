const MAX_LENGTH = 200;
/** Shorter parts of a URL (`v3`, `mainnet`) are words, not keys. */
const MIN_SECRET_LENGTH = 8;

/**
 * Makes a foreign message fit for a log: one line, short, without URLs and without the secrets that some providers
 * repeat in their refusals.
 */
export function redact(message: string, secrets: readonly string[]): string {
  const plain = secrets.reduce((text, secret) => text.replaceAll(secret, "…"), message);
  const line = plain
    .replace(/\b(?:https?|wss?):\/\/\S+/gi, "…")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

/** Everything in a connection's settings that may be a key: parts of the URL and the values of headers. */
export function secretsOf(url: string, headers: Readonly<Record<string, string>>): readonly string[] {
  const { username, password, pathname, searchParams, host } = new URL(url);
  const parts = [username, password, host, ...pathname.split("/"), ...searchParams.values()];
  const tokens = Object.values(headers).flatMap((value) => [value, ...value.split(" ")]);
  return [...parts, ...tokens].filter((part) => part.length >= MIN_SECRET_LENGTH).sort((a, b) => b.length - a.length);
}
