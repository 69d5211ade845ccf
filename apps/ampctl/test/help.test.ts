import { expect, test } from "vitest";
import { helpLines } from "./help-texts.ts";
import { ampctl } from "./run-ampctl.ts";

test.each(helpLines())("ampctl %s", async (line) => {
  const ended = await ampctl(line);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(ended.stdout).toMatchSnapshot();
});

test("help fits a narrow terminal", async () => {
  const { stdout } = await ampctl("job list --help", { columns: 60, env: { NO_COLOR: "1" } });
  const [options = ""] = stdout.split("Examples:");
  for (const row of options.split("\n")) expect(row.length, row).toBeLessThanOrEqual(60);
});

test("a word too much is not a reason to call a server", async () => {
  expect((await ampctl("server now", { env: { AMP_ADMIN_URL: "http://127.0.0.1:1" } })).code).toBe(2);
});
