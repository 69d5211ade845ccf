import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { startStub } from "../../test/stub-server.ts";
import { readFeed } from "./event-feed.ts";
import { createLink } from "./link.ts";

type Reply = (response: ServerResponse) => void;

const page = (ids: readonly number[], next: string): Reply => {
  const events = ids.map((id) => ({ id, event_type: "FAILED" }));
  return (response) => response.end(JSON.stringify({ events, next_cursor: next, caught_up: true }));
};
const cutsBeforeAnswer: Reply = (response) => response.destroy();
const cutsInAnswer: Reply = (response) => {
  response.writeHead(200, { "content-length": 100 });
  response.write('{"events":[{"id":', () => response.destroy());
};
const isSilent: Reply = () => undefined;
const isSilentInAnswer: Reply = (response) => {
  response.writeHead(200, { "content-length": 100 });
  response.write('{"events":[{"id":');
};
const isAway: Reply = (response) => response.writeHead(503).end();

/** Reads pages from a server that gives these replies in turn, until it has given the last one. */
async function readAll(replies: readonly Reply[]) {
  const asked: (string | null)[] = [];
  const url = await startStub(({ url: path = "" }: IncomingMessage, response: ServerResponse) => {
    asked.push(new URL(path, "http://stub").searchParams.get("after"));
    replies[asked.length - 1]?.(response);
  });
  const notes: string[] = [];
  const { signal } = new AbortController();
  const server = { url: new URL(url), token: undefined, timeoutMs: 300, signal };
  const link = createLink({ signal, note: (text) => notes.push(text) });
  const ids: (number | bigint)[] = [];
  for await (const { events } of readFeed(server, { after: undefined, filter: {}, link, waitSeconds: () => 0 })) {
    ids.push(...events.map(({ id }) => id));
    if (asked.length === replies.length) break;
  }
  return { asked, notes, ids };
}

test.each([
  ["is cut before the answer", cutsBeforeAnswer],
  ["is cut in the answer", cutsInAnswer],
  ["is silent", isSilent],
  ["falls silent in the answer", isSilentInAnswer],
  ["is answered by a proxy whose server is away", isAway],
])("a connection that %s is lost: the feed goes on at its cursor, and tells of it once", async (_, lose) => {
  const read = await readAll([page([], "4"), page([5, 6], "6"), lose, lose, page([7], "7")]);
  expect(read.ids).toEqual([5, 6, 7]);
  expect(read.asked).toEqual([null, "4", "6", "6", "6"]);
  expect(read.notes).toEqual([expect.stringContaining("lost the server, trying again: "), "the server answers again"]);
});

test("a refusal ends it, also when the server was there before", async () => {
  const refuses: Reply = (response) => response.writeHead(401).end();
  await expect(readAll([page([], "4"), refuses, page([], "5")])).rejects.toMatchObject({ kind: "DENIED" });
});

test("a server that is away from the beginning is not waited for", async () => {
  await expect(readAll([isAway, page([], "4")])).rejects.toMatchObject({ kind: "TRY_AGAIN" });
});
