import { expect, test } from "vitest";
import { redact, secretsOf } from "./redact.ts";

test("a message becomes one line without URLs", () => {
  expect(redact("no\n  such key, see https://x.example/?key=1 or wss://y", [])).toBe("no such key, see … or …");
});

test("parts of the URL and headers that may be keys are taken out, plain words stay", () => {
  const secrets = secretsOf("https://user:password1@eth.example.com/v3/mainnet/0123456789abcdef?token=qwertyuiop", {
    authorization: "Bearer abcdefghij",
  });
  const message = "mainnet v3: password1, 0123456789abcdef, qwertyuiop, abcdefghij on eth.example.com";
  expect(redact(message, secrets)).toBe("mainnet v3: …, …, …, … on …");
});

test("a long message is cut", () => {
  expect(redact("x".repeat(1000), [])).toHaveLength(201);
});
