import { expect, onTestFinished, test } from "vitest";
import { startAnvil } from "../../demo/anvil.ts";
import { mineTraffic } from "../../demo/traffic.ts";
import { startAmpd } from "../system/ampd.ts";
import { makeFolder } from "../write-tables.ts";
import { openBrowser } from "./browser.ts";

async function openGraphiql() {
  const anvil = await startAnvil();
  onTestFinished(() => anvil.stop());
  await mineTraffic(anvil.url, { blocks: 20 });
  const ampd = await startAmpd("--data-dir", await makeFolder(), "--rpc-url", anvil.url, "--segment-interval", "500ms");
  onTestFinished(async () => void (await ampd.end("SIGTERM")));
  const page = await (await openBrowser()).newPage({ viewport: { width: 1400, height: 900 } });
  const foreign: string[] = [];
  const faults: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(ampd.url) && !/^(data|blob):/.test(request.url())) foreign.push(request.url());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  const query = async (text: string) => {
    await page.goto(`${ampd.url}/graphql?query=${encodeURIComponent(text)}`);
    await page.getByRole("button", { name: /execute query/i }).click();
  };
  return { anvil, page, foreign, faults, query, answer: page.locator(".result-window") };
}

test("GraphiQL runs a query and shows its answer with the network cut", async () => {
  const { query, answer, foreign, faults } = await openGraphiql();
  await query("{ jobs { totalCount nodes { number status } } }");
  await answer.getByText("totalCount").waitFor();
  expect(await answer.textContent()).toContain("RUNNING");
  expect(foreign).toEqual([]);
  expect(faults).toEqual([]);
});

test("GraphiQL shows a subscription's progress as the chain grows", async () => {
  const { query, answer, anvil } = await openGraphiql();
  await query("subscription { jobProgress(number: 1) { currentBlock headBlock } }");
  await answer.getByText("headBlock").waitFor();
  await mineTraffic(anvil.url, { blocks: 5 });
  await expect.poll(async () => answer.textContent(), { timeout: 30_000 }).toMatch(/"currentBlock":\s*"2[5-9]"/);
});
