import { defineConfig } from "vitest/config";

/** Needs a browser on the machine: Debian's `chromium`. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    reporters: ["default", ["json", { outputFile: "test-report-browser.json" }]],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
