import fc from "fast-check";
import { expect, test } from "vitest";
import { manyJobs, NOW, READING, STATE } from "../../test/top-reading.ts";
import { createPaint } from "../output/paint.ts";
import { widthOf } from "../output/width.ts";
import { renderTop } from "./top-frame.ts";
import { createTopState, type TopState } from "./top-state.ts";

const paint = createPaint(false);

function draw(state: TopState, width = 100, height = 20): string[] {
  return renderTop(state, { width, height, paint, now: NOW, url: "amp.example:1610" });
}

const [job] = READING.jobs;
if (job === undefined) throw new Error("There is no job to show.");

test.each<[string, TopState, number, number]>([
  ["jobs, workers, events", STATE, 110, 20],
  ["a narrow terminal", STATE, 40, 14],
  ["nothing", createTopState({ jobs: [], total: undefined, workers: [] }), 80, 8],
  ["a filter that is typed", { ...STATE, mode: { kind: "filter" }, filter: "lonely worker" }, 80, 12],
  ["a filter that no job is like", { ...STATE, filter: "xyz" }, 80, 8],
  ["a question", { ...STATE, mode: { kind: "confirm", job } }, 80, 8],
  ["a server that is lost", { ...STATE, remark: "lost the server, trying again: no answer" }, 80, 8],
  ["what came of a key", { ...STATE, said: "job 1: \u001b[2JSTOPPED" }, 80, 8],
  [
    "more jobs than lines",
    { ...createTopState({ ...manyJobs(300), total: "more than 10000" }), selected: "150" },
    110,
    14,
  ],
])("shows %s", (_, state, width, height) => {
  expect(`${draw(state, width, height).join("\n")}\n`).toMatchSnapshot();
});

test("it is as high as the terminal, and not wider, and the selected job is on it", () => {
  const size = { width: fc.integer({ min: 40, max: 200 }), height: fc.integer({ min: 1, max: 60 }) };
  const property = fc.property(
    fc.record({ ...size, count: fc.integer({ min: 1, max: 80 }), selected: fc.nat() }),
    ({ width, height, count, selected }) => {
      const state = { ...STATE, ...manyJobs(count), selected: String((selected % count) + 1) };
      const lines = draw(state, width, height);
      expect(lines).toHaveLength(height);
      for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(width);
      if (height >= 8) expect(lines.join("\n")).toMatch(new RegExp(`› +${state.selected} `));
    },
  );
  fc.assert(property);
});
