import { expect, onTestFinished, test } from "vitest";
import { startAnvil } from "../../demo/anvil.ts";
import { mineTraffic } from "../../demo/traffic.ts";
import { TABLE_NAMES } from "../../src/domain/table-name.ts";
import { makeFolder } from "../write-tables.ts";
import { type Ampd, call, deployChain, startAmpd } from "./ampd.ts";
import { expectedTables, listDataFiles, readTables } from "./dataset-files.ts";
import { waitFor } from "./wait-for.ts";

const BLOCKS = 500;

type Job = { status: string };
type Progress = { tables: Record<string, { current_block: number; files_count: number }> };

async function startChain(blocks: number) {
  const anvil = await startAnvil();
  onTestFinished(() => anvil.stop());
  await mineTraffic(anvil.url, { blocks });
  return anvil;
}

async function ended(ampd: Ampd, job: number): Promise<string> {
  return waitFor(
    async () => {
      const { status } = (await call(ampd, "GET", `/jobs/${job}`)) as Job;
      return ["COMPLETED", "STOPPED", "FAILED"].includes(status) ? status : undefined;
    },
    { what: `the end of job ${job}` },
  );
}

/** Every block once, every value as the node has it, and no file that is not registered. */
async function expectWholeChain(dataDir: string, rpcUrl: string, end: number): Promise<void> {
  const rows = await readTables(dataDir);
  expect(rows.blocks.map((row) => Number(row.block_num))).toEqual(Array.from({ length: end + 1 }, (_, at) => at));
  for (const [at, row] of rows.blocks.entries()) {
    if (at > 0) expect(row.parent_hash).toBe(rows.blocks[at - 1]?.hash);
  }
  const expected = await expectedTables(rpcUrl, end);
  for (const table of TABLE_NAMES) expect(rows[table]).toEqual(expected[table]);
}

test("a job over 500 blocks with traffic completes with every value that the node has", async () => {
  const anvil = await startChain(BLOCKS);
  const dataDir = await makeFolder();
  const ampd = await startAmpd("--data-dir", dataDir);
  onTestFinished(async () => void (await ampd.end("SIGKILL")));

  const job = await deployChain(ampd, anvil.url, { end_block: String(BLOCKS) });
  expect(await ended(ampd, job)).toBe("COMPLETED");
  await expectWholeChain(dataDir, anvil.url, BLOCKS);
  expect(await ampd.end("SIGTERM")).toEqual({ code: 0, signal: null });
});

test.each(["SIGTERM", "SIGKILL"] as const)(
  "after %s at any moment the next start goes on: nothing lost, nothing doubled, no stray file",
  async (signal) => {
    const anvil = await startChain(300);
    const dataDir = await makeFolder();
    // A slow endpoint by its own choice, and short segments, so that every stage is met.
    const flags = ["--data-dir", dataDir, "--segment-interval", "100ms"];
    let ampd = await startAmpd(...flags);
    onTestFinished(async () => void (await ampd.end("SIGKILL")));
    const job = await deployChain(ampd, anvil.url, {});
    for (let round = 0; round < 6; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, round * 150));
      await ampd.end(signal);
      await mineTraffic(anvil.url, { blocks: 20 });
      ampd = await startAmpd(...flags);
    }
    const head = 300 + 6 * 20;
    await waitFor(
      async () => {
        const { tables } = (await call(ampd, "GET", `/jobs/${job}/progress`)) as Progress;
        return TABLE_NAMES.every((table) => tables[table]?.current_block === head) ? true : undefined;
      },
      { what: "the head of the chain" },
    );
    await call(ampd, "PUT", `/jobs/${job}/stop`);
    expect(await ended(ampd, job)).toBe("STOPPED");
    await expectWholeChain(dataDir, anvil.url, head);
    const { tables } = (await call(ampd, "GET", `/jobs/${job}/progress`)) as Progress;
    const files = await listDataFiles(dataDir);
    for (const table of TABLE_NAMES) expect(files[table]).toHaveLength(tables[table]?.files_count ?? -1);
    await ampd.end("SIGTERM");
  },
);
