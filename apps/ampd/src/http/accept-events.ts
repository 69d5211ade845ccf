const EVENTS = "text/event-stream";

/** Whether a client takes server-sent events: it names them, or whatever comes; a browser that shows a page does not. */
export function acceptsEvents(accept = "*/*"): boolean {
  const ranges = rangesOf(accept);
  if (ranges.includes(EVENTS)) return true;
  return (ranges.includes("*/*") || ranges.includes("text/*")) && !ranges.includes("text/html");
}

/** Whether a client asks for server-sent events by name. */
export function namesEvents(accept = ""): boolean {
  return rangesOf(accept).includes(EVENTS);
}

/** Whether a client understands nothing else, as an `EventSource`. */
export function acceptsOnlyEvents(accept = "*/*"): boolean {
  return rangesOf(accept).every((range) => range === EVENTS);
}

function rangesOf(accept: string): string[] {
  return (
    accept
      .toLowerCase()
      .split(",")
      // What has no weight is not wanted (RFC 9110, section 12.4.2).
      .filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part))
      .map((part) => part.split(";", 1).join("").trim())
  );
}
