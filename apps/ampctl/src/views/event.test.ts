import { expect, test } from "vitest";
import { eventDetail } from "./event.ts";

test.each([
  [{ reason: "too dear", detail: { message: "x" } }, "too dear"],
  [{ reason: null, detail: null }, ""],
  [{ reason: null, detail: { code: "ENDPOINT_FAILING", message: "no answer" } }, "ENDPOINT_FAILING: no answer"],
  [{ reason: null, detail: { end_block: null } }, "follows the chain"],
  [{ reason: null, detail: { end_block: "latest" } }, "to block latest"],
  [{ reason: null, detail: { from: 7, to: 9n, hashes: ["0x"], known: true } }, "from=7 to=9 known=true"],
])("detail %# is told", (event, text) => {
  expect(eventDetail(event)).toBe(text);
});
