/**
 * Reads a transcript of requests and answers:
 *
 * ```
 * # A comment, wherever it stands.
 * setup: a job in each status
 *
 * ### What the exchange shows
 * PUT /jobs/<job running>/stop
 * content-type: application/json
 *
 * {"the": "body, where there is one"}
 *
 * HTTP 200
 * content-length: 0
 * no content-type
 *
 * {"the": "body, or nothing at all"}
 * ```
 *
 * Several request lines, one below the other, are several requests with the same answer; so are several bodies with a
 * line `or` between them. An answer's headers are those that matter, its body is the whole one: JSON is compared value
 * by value and number by number as it is written, in any order of keys; after `HTTP 200 byte for byte` its text is. Of
 * `content-type: text/event-stream` the first messages are compared, as many as are written down. What `<job running>` and
 * `…` stand for is told in `pattern.ts`; `hunter2` is a secret, which no answer may hold.
 */

export type Setup = { readonly kind: "setup"; readonly line: number; readonly name: string };

export type HeaderLine = {
  readonly line: number;
  readonly name: string;
  /** `undefined` where the transcript says that there is none. */
  readonly value: string | undefined;
};

export type RequestLine = { readonly line: number; readonly method: string; readonly target: string };

export type Exchange = {
  readonly kind: "exchange";
  readonly line: number;
  readonly title: string;
  readonly requests: readonly RequestLine[];
  readonly headers: readonly HeaderLine[];
  /** As they are written; one that is empty where there is none. */
  readonly bodies: readonly string[];
  readonly answer: {
    readonly line: number;
    readonly status: number;
    readonly isByteForByte: boolean;
    readonly headers: readonly HeaderLine[];
    /** Empty where there is none. */
    readonly body: string;
  };
};

export type Step = Setup | Exchange;

/** A line that is not understood. */
export class TranscriptError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = "TranscriptError";
    this.line = line;
  }
}

type Line = { readonly number: number; readonly text: string };

const TITLE = /^### +(\S.*)$/;
const SETUP = /^setup: +(\S.*)$/;
const COMMENT = /^#(?!##)/;
const REQUEST = /^([A-Z]+) (\/(?:[^\s<>]|<[^<>]+>)*)$/;
const STATUS = /^HTTP (\d{3})( byte for byte)?$/;
const HEADER = /^([a-z0-9-]+): ?(.*)$/;
const OR = /\n+or\n+/;
const NO_HEADER = /^no ([a-z0-9-]+)$/;

/**
 * The steps of a transcript, in their order.
 * @throws TranscriptError for a line that is not understood, and for a transcript without an exchange
 */
export function parseTranscript(text: string): Step[] {
  const lines = text
    .split("\n")
    .map((line, index) => ({ number: index + 1, text: line.trimEnd() }))
    .filter((line) => !COMMENT.test(line.text));
  const starts = lines.flatMap((line, index) => (TITLE.test(line.text) || SETUP.test(line.text) ? [index] : []));
  requireBlank(lines.slice(0, starts[0]));
  const steps = starts.map((start, index) => parseStep(lines.slice(start, starts[index + 1])));
  if (steps.some(({ kind }) => kind === "exchange")) return steps;
  throw new TranscriptError(1, "there is no exchange in this file");
}

function parseStep([first = NO_LINE, ...rest]: readonly Line[]): Step {
  const name = SETUP.exec(first.text)?.[1];
  if (name !== undefined) {
    requireBlank(rest);
    return { kind: "setup", line: first.number, name };
  }
  return parseExchange(first, rest);
}

const NO_LINE: Line = { number: 1, text: "" };

function parseExchange(first: Line, lines: readonly Line[]): Exchange {
  const title = TITLE.exec(first.text)?.[1] ?? "";
  const middle = lines.findIndex((line) => STATUS.test(line.text));
  const statusLine = lines[middle];
  if (statusLine === undefined) throw new TranscriptError(first.number, `'${title}' has no line like HTTP 200`);
  const request = skipBlank(lines.slice(0, middle));
  const requests = request
    .slice(
      0,
      endOf(request, (line) => REQUEST.test(line.text)),
    )
    .map(parseRequestLine);
  if (requests.length === 0) {
    const { number, text } = request[0] ?? statusLine;
    throw new TranscriptError(number, `'${text}' is no request line like GET /jobs`);
  }
  const { headers, body } = parseMessage(request.slice(requests.length));
  const [, status, exactly] = STATUS.exec(statusLine.text) ?? [];
  return {
    kind: "exchange",
    line: first.number,
    title,
    requests,
    headers,
    bodies: body.split(OR),
    answer: {
      line: statusLine.number,
      status: Number(status),
      isByteForByte: exactly !== undefined,
      ...parseMessage(lines.slice(middle + 1)),
    },
  };
}

function parseRequestLine({ number, text }: Line): RequestLine {
  const [, method = "", target = ""] = REQUEST.exec(text) ?? [];
  return { line: number, method, target };
}

/** Headers, and after an empty line the body. */
function parseMessage(lines: readonly Line[]): { readonly headers: readonly HeaderLine[]; readonly body: string } {
  const head = lines.slice(
    0,
    endOf(lines, (line) => line.text !== ""),
  );
  const body = lines.slice(head.length).map((line) => line.text);
  return { headers: head.map(parseHeader), body: body.join("\n").trim() };
}

function parseHeader({ number, text }: Line): HeaderLine {
  const [, name, value] = HEADER.exec(text) ?? NO_HEADER.exec(text) ?? [];
  if (name === undefined) throw new TranscriptError(number, `'${text}' is no header like allow: GET, or no etag`);
  return { line: number, name, value };
}

function skipBlank(lines: readonly Line[]): readonly Line[] {
  return lines.slice(endOf(lines, (line) => line.text === ""));
}

/** How many lines from the first on are of a sort. */
function endOf(lines: readonly Line[], isOfSort: (line: Line) => boolean): number {
  const end = lines.findIndex((line) => !isOfSort(line));
  return end === -1 ? lines.length : end;
}

function requireBlank(lines: readonly Line[]): void {
  const [line] = skipBlank(lines);
  if (line === undefined) return;
  throw new TranscriptError(line.number, `'${line.text}' belongs to no exchange: begin one with ### and its title`);
}
