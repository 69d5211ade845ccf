import { chromium } from "playwright-core";
import { onTestFinished } from "vitest";

/** Debian's Chromium, which reaches this machine alone. */
export async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--headless",
      "--disable-gpu",
      "--disable-background-networking",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    ],
  });
  onTestFinished(() => browser.close());
  return browser;
}
