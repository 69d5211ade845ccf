import { expect, test } from "vitest";
import { corsHeaders, isPreflight, preflightHeaders } from "./cors.ts";

const allowed = ["https://amp.example.com"];

test("without allowed origins there is no CORS header at all", () => {
  expect(corsHeaders("https://amp.example.com", [])).toEqual({});
});

test("an allowed origin is named, and no other one", () => {
  expect(corsHeaders("https://amp.example.com", allowed)).toMatchObject({
    "access-control-allow-origin": "https://amp.example.com",
    vary: "Origin",
  });
  expect(corsHeaders("https://evil.com", allowed)).toEqual({ vary: "Origin" });
  expect(corsHeaders(undefined, allowed)).toEqual({ vary: "Origin" });
});

test("nothing says '*', and nobody may send credentials", () => {
  const headers = { ...corsHeaders("https://amp.example.com", allowed), ...preflightHeaders };
  expect(Object.values(headers).join()).not.toContain("*");
  expect(Object.keys(headers)).not.toContain("access-control-allow-credentials");
});

test("only OPTIONS that names a method is a preflight", () => {
  expect(isPreflight("OPTIONS", "POST")).toBe(true);
  expect(isPreflight("OPTIONS", undefined)).toBe(false);
  expect(isPreflight("POST", "POST")).toBe(false);
});
