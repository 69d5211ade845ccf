import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{src,demo,test}/**/*.test.ts"],
    exclude: ["test/browser/**", "**/node_modules/**"],
    globalSetup: ["test/postgres-server.ts"],
    reporters: ["default", ["json", { outputFile: "test-report.json" }]],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores carry the tests, PostgreSQL and Anvil.
    maxWorkers: 2,
  },
});
