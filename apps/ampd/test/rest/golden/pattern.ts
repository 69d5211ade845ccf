/**
 * What stands for a value that is not known beforehand. `…` is any text, also none. `<time>` is a time; what has a name,
 * like `<job 1>` or `<time of creation>`, is the same value everywhere in a transcript.
 */
const KINDS: Readonly<Record<string, string>> = {
  time: String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00`,
  hash: "[0-9a-f]{64}",
  uuid: "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
  job: String.raw`[1-9]\d*`,
  event: String.raw`[1-9]\d*`,
  number: String.raw`\d+`,
  etag: '"[^"]+"',
};

const PLACEHOLDER = /<([a-z]+)( [\w -]+)?>/g;
const STAND_IN = /…|<[a-z]+(?: [\w -]+)?>/g;
const REPEATED = /<(\d+) times "([^"]+)">/g;

/** The values of a transcript's named placeholders: `job 1` → `42`. */
export type Bindings = Map<string, string>;

/**
 * A part of a request with the values of its placeholders; `<3 times "ab">` becomes `ababab`.
 * @throws Error for a placeholder without a value
 */
export function fill(text: string, bindings: Bindings): string {
  return text
    .replaceAll(REPEATED, (_, count: string, unit: string) => unit.repeat(Number(count)))
    .replaceAll(PLACEHOLDER, (placeholder) => {
      const value = bindings.get(nameOf(placeholder));
      if (value === undefined) throw new Error(`${placeholder} has no value yet`);
      return value;
    });
}

/** Whether a text is as expected; if so, placeholders that it names for the first time get their values. */
export function matches(expected: string, actual: string, bindings: Bindings): boolean {
  const groups: string[] = [];
  const source = splitAt(expected, STAND_IN, (standIn) => {
    if (standIn === "…") return ".*";
    const name = nameOf(standIn);
    const bound = bindings.get(name);
    if (bound !== undefined) return escapeText(bound);
    if (!name.includes(" ")) return KINDS[name] ?? "(?!)";
    const known = groups.indexOf(name);
    if (known !== -1) return `\\k<g${known}>`;
    groups.push(name);
    return `(?<g${groups.length - 1}>${KINDS[name.split(" ")[0] ?? ""] ?? "(?!)"})`;
  });
  const found = new RegExp(`^${source}$`, "s").exec(actual);
  if (found === null) return false;
  groups.forEach((name, index) => {
    bindings.set(name, found.groups?.[`g${index}`] ?? "");
  });
  return true;
}

function escapeText(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** `<job 1>` → `job 1` */
function nameOf(placeholder: string): string {
  return placeholder.slice(1, -1);
}

/** A source of a regular expression: text as it is, and what stands for something as `replace` says. */
function splitAt(text: string, separator: RegExp, replace: (found: string) => string): string {
  let source = "";
  let end = 0;
  for (const found of text.matchAll(separator)) {
    source += escapeText(text.slice(end, found.index)) + replace(found[0]);
    end = found.index + found[0].length;
  }
  return source + escapeText(text.slice(end));
}
