import { beforeAll, describe, expect, inject, test } from "vitest";
import type { FeedEvent } from "../src/client/event-feed.ts";
import { query } from "../src/client/graphql.ts";
import { JobListDocument, WorkerListDocument } from "../src/generated/api.ts";
import { renderTop } from "../src/live/top-frame.ts";
import { pressKey, pressText, type TopKey } from "../src/live/top-keys.ts";
import { createTopState, type TopState, withEvents, withReading } from "../src/live/top-state.ts";
import { createPaint } from "../src/output/paint.ts";
import { widthOf } from "../src/output/width.ts";
import { stable } from "./stable.ts";

const DAYS_3_MS = 3 * 86_400_000 + 1_800_000;

const FAILED: FeedEvent = {
  id: 7,
  created_at: "2026-01-31T12:00:00.000000+00:00",
  node_id: "worker-1",
  event_type: "FAILED",
  job_id: 2,
  dataset_namespace: "eth",
  dataset_name: "far",
  actor: null,
  reason: null,
  detail: { error_code: "ENDPOINT_FAILING", error_message: "\u001b[2J gone" },
};

/** All jobs of the seeded server, also those that have ended: they have more figures. */
let first: TopState;

beforeAll(async () => {
  const { signal } = new AbortController();
  const server = { url: new URL(inject("serverUrl")), token: undefined, timeoutMs: 10_000, signal };
  const { jobs } = await query(server, JobListDocument, { first: 100, after: null, filter: {} });
  const { workers } = await query(server, WorkerListDocument, { after: null });
  const reading = { jobs: jobs.nodes, total: undefined, workers: workers.nodes };
  first = withEvents(createTopState(reading), [FAILED]);
});

function draw(state: TopState, width = 100, height = 20): string[] {
  const now = new Date(inject("seededAt") + DAYS_3_MS);
  return renderTop(state, { width, height, paint: createPaint(false), now, url: "ampd:1610" });
}

/** What a state becomes by keys, one after the other. */
function press(state: TopState, ...keys: readonly string[]): TopState {
  const names: readonly string[] = ["up", "down", "home", "end", "enter", "escape", "erase"];
  return keys.reduce(
    (now, key) => (names.includes(key) ? pressKey(now, key as TopKey) : pressText(now, key)).state,
    state,
  );
}

const shownIds = (state: TopState) => draw(state).flatMap((line) => /^[ ›] +(\d+) {2}/.exec(line)?.[1] ?? []);
const selectedId = (state: TopState) => draw(state).flatMap((line) => /^› +(\d+) {2}/.exec(line)?.[1] ?? []);

describe("the screen of ampctl top", () => {
  test.each([
    ["the newest jobs first", []],
    ["in another order", ["o"]],
    ["with a filter that is typed", ["/", "eth"]],
    ["with a filter that fits no job", ["/", "nothing", "enter"]],
    ["with a question", ["down", "s"]],
  ] as const)("%s", (_, keys) => {
    expect(stable(draw(press(first, ...keys)).join("\n"))).toMatchSnapshot();
  });

  test.each([
    [100, 20],
    [46, 10],
    [32, 6],
    [32, 2],
  ])("has no line too many or too wide at %d columns and %d lines", (width, height) => {
    for (const keys of [[], ["/", "eth"], ["s"], ["/", "nothing", "enter"]]) {
      const lines = draw(press(first, ...keys), width, height);
      expect(lines).toHaveLength(height);
      for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(width);
    }
  });

  test("nothing that a server says steers the terminal", () => {
    expect(draw(first).join("")).not.toContain("\u001b");
  });

  test("an empty server is shown as such", () => {
    const lines = draw(createTopState({ jobs: [], total: undefined, workers: [] })).join("\n");
    expect(lines).toContain("no active jobs");
    expect(lines).toContain("no worker was ever seen");
  });
});

describe("keys of ampctl top", () => {
  test("move the selection, and stop at the ends of the list", () => {
    expect(shownIds(first)).toEqual(["4", "3", "2", "1"]);
    expect(selectedId(first)).toEqual(["4"]);
    expect(selectedId(press(first, "down", "j"))).toEqual(["2"]);
    expect(selectedId(press(first, "up"))).toEqual(["4"]);
    expect(selectedId(press(first, "end", "down"))).toEqual(["1"]);
    expect(selectedId(press(first, "end", "home"))).toEqual(["4"]);
  });

  test("a filter takes all of its words, in any case, and Esc drops it", () => {
    expect(shownIds(press(first, "/", "ETH fail", "enter"))).toEqual(["2"]);
    expect(shownIds(press(first, "/", "ethx", "erase", "enter"))).toEqual(["2"]);
    expect(shownIds(press(first, "/", "eth", "escape"))).toEqual(["4", "3", "2", "1"]);
  });

  test("only y stops, and only the job that was asked about, whatever moved meanwhile", () => {
    const asked = press(first, "down", "s");
    expect(pressText(asked, "n")).not.toHaveProperty("action");
    expect(pressKey(asked, "enter")).not.toHaveProperty("action");
    expect(pressText(asked, "yes")).not.toHaveProperty("action");
    const moved = withReading(asked, { jobs: first.jobs.slice(2), total: undefined, workers: [] });
    expect(pressText(moved, "y").action).toEqual({ kind: "stop", id: 3n });
  });

  test("q is text in a filter, and leaves elsewhere", () => {
    expect(pressText(press(first, "/"), "q")).toMatchObject({ state: { filter: "q" } });
    expect(pressText(first, "q").action).toEqual({ kind: "quit" });
    expect(pressKey(press(first, "/"), "interrupt").action).toEqual({ kind: "interrupt" });
  });

  test("what was selected stays so when others come and go", () => {
    const at2 = press(first, "down", "down");
    const fewer = withReading(at2, { jobs: first.jobs.slice(1), total: undefined, workers: [] });
    expect(selectedId(fewer)).toEqual(["2"]);
    const gone = withReading(at2, {
      jobs: first.jobs.filter(({ number }) => number !== "2"),
      total: undefined,
      workers: [],
    });
    expect(selectedId(gone)).toEqual(["1"]);
  });
});
