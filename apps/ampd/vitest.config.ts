import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Vite would choose another build of graphql for our files than Node does for the packages, and the two refuse each
  // other's schema.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve("graphql")) }] },
  test: {
    include: ["{src,demo,test}/**/*.test.ts"],
    exclude: ["test/browser/**", "**/node_modules/**"],
    globalSetup: ["test/postgres-server.ts"],
    reporters: ["default", ["json", { outputFile: "test-report.json" }]],
    // The longest takes half a minute where nothing else runs: these are for machines where much does.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Two cores carry the tests, PostgreSQL and Anvil.
    maxWorkers: 2,
  },
});
