import { expect, test } from "vitest";
import { acceptsEvents, acceptsOnlyEvents } from "./accept-events.ts";

test.each([
  ["an EventSource", "text/event-stream", true, true],
  ["one that writes it otherwise", "Text/Event-Stream; charset=utf-8", true, true],
  ["urql", "application/graphql-response+json, application/json, text/event-stream, multipart/mixed", true, false],
  ["curl", "*/*", true, false],
  ["a client that says nothing", undefined, true, false],
  ["a client of any text", "text/*;q=0.5", true, false],
  ["one that refuses them", "application/json, text/event-stream;q=0", false, false],
  ["a client of JSON", "application/json", false, false],
  ["a browser that shows a page", "text/html,application/xhtml+xml,*/*;q=0.8", false, false],
])("%s is understood", (_client, accept, events, onlyEvents) => {
  expect(acceptsEvents(accept)).toBe(events);
  expect(acceptsOnlyEvents(accept)).toBe(onlyEvents);
});
