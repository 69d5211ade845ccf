import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startAnvil } from "../../demo/anvil.ts";
import { call, startAmpd } from "../system/ampd.ts";
import { makeFolder } from "../write-tables.ts";
import { openBrowser } from "./browser.ts";

/** Serves an empty page on another origin of this machine, as any page on the web is one. */
async function openForeignPage() {
  const server = createServer((_, response) =>
    response.setHeader("content-type", "text/html").end("<h1>elsewhere</h1>"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const page = await (await openBrowser()).newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  return page;
}

test("a page on a foreign origin can neither read nor stop a job", async () => {
  const anvil = await startAnvil({ blockTime: 1 });
  onTestFinished(() => anvil.stop());
  const ampd = await startAmpd("--data-dir", await makeFolder(), "--rpc-url", anvil.url);
  onTestFinished(async () => void (await ampd.end("SIGTERM")));
  const page = await openForeignPage();
  const attempt = (
    url: string,
    options: { method?: string; mode?: "no-cors"; body?: string; headers?: Record<string, string> },
  ) =>
    page.evaluate(
      async ([target, init]) => {
        try {
          const response = await fetch(target, init);
          return `${response.type} ${await response.text()}`;
        } catch {
          return "refused";
        }
      },
      [url, options] as const,
    );
  const stop = JSON.stringify({ query: "mutation { stopJob(input: { number: 1 }) { __typename } }" });
  const json = { "content-type": "application/json" };

  expect(await attempt(`${ampd.url}/jobs`, {})).toBe("refused");
  expect(await attempt(`${ampd.url}/jobs`, { mode: "no-cors" })).toBe("refused");
  expect(await attempt(`${ampd.url}/jobs/1/stop`, { method: "PUT" })).toBe("refused");
  expect(await attempt(`${ampd.url}/graphql`, { method: "POST", headers: json, body: stop })).toBe("refused");
  await attempt(`${ampd.url}/graphql`, { method: "POST", mode: "no-cors", body: stop });
  await attempt(`${ampd.url}/graphql`, {
    method: "POST",
    mode: "no-cors",
    body: new URLSearchParams({ query: "mutation { stopJob(input: { number: 1 }) { __typename } }" }).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  await attempt(`${ampd.url}/graphql?query=${encodeURIComponent("mutation{stopJob(input:{number:1}){__typename}}")}`, {
    mode: "no-cors",
  });
  const socket = await page.evaluate(
    (url) =>
      new Promise<string>((resolve) => {
        const ws = new WebSocket(url, "graphql-transport-ws");
        ws.onopen = () => resolve("open");
        ws.onerror = () => resolve("refused");
      }),
    `${ampd.url.replace("http", "ws")}/graphql`,
  );
  expect(socket).toBe("refused");
  // A form that the page submits leaves it, which no rule of the browser stops.
  await page.setContent(
    `<form method="post" enctype="text/plain" action="${ampd.url}/jobs/1/stop"><button>go</button></form>`,
  );
  await page.getByRole("button").click();
  await page.waitForLoadState();

  expect(await call(ampd, "GET", "/jobs/1")).toMatchObject({ status: "RUNNING" });
});
