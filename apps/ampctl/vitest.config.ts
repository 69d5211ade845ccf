import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{src,test}/**/*.test.ts"],
    globalSetup: ["test/seeded-server.ts"],
    reporters: ["default", ["json", { outputFile: "test-report.json" }]],
    // The longest takes half a minute where nothing else runs: these are for machines where much does.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Two cores carry the tests, ampd and Anvil.
    maxWorkers: 2,
  },
});
