import { expect, onTestFinished, test } from "vitest";
import { startAmpd } from "../system/ampd.ts";
import { makeFolder } from "../write-tables.ts";
import { openBrowser } from "./browser.ts";

test("the REST reference shows every operation, and tries one, with the network cut", async () => {
  const ampd = await startAmpd("--data-dir", await makeFolder());
  onTestFinished(async () => void (await ampd.end("SIGTERM")));
  const page = await (await openBrowser()).newPage({ viewport: { width: 1400, height: 900 } });
  const foreign: string[] = [];
  const faults: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(ampd.url) && !/^(data|blob):/.test(request.url())) foreign.push(request.url());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });

  await page.goto(`${ampd.url}/docs`);
  const list = page.locator("#operations-jobs-listJobs");
  await list.waitFor();
  const document = await (await fetch(`${ampd.url}/openapi.json`)).json();
  const operations = Object.values<object>(document.paths).flatMap((methods) => Object.keys(methods));
  expect(await page.locator(".opblock").count()).toBe(operations.length);

  await list.click();
  await list.getByRole("button", { name: "Try it out" }).click();
  await list.getByPlaceholder("last_job_id").fill("");
  await list.getByRole("button", { name: "Execute" }).click();
  await list.locator(".live-responses-table .response-col_status").getByText("200").waitFor();
  expect(await list.locator(".live-responses-table").textContent()).toContain('"jobs": []');
  expect(foreign).toEqual([]);
  expect(faults).toEqual([]);
});
