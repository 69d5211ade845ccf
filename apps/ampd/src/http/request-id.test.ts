import { expect, test } from "vitest";
import { chooseRequestId } from "./request-id.ts";

test.each(["a", "A-1_b.c", "x".repeat(100)])("the client's id '%s' is kept", (id) => {
  expect(chooseRequestId(id, "fresh")).toBe(id);
});

test.each([undefined, "", "a b", "x".repeat(101), "a\r\nset-cookie: b", '"', "ä", "a, b", "<script>"])(
  "'%s' is replaced",
  (id) => {
    expect(chooseRequestId(id, "fresh")).toBe("fresh");
  },
);
