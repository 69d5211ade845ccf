import { expect, onTestFinished, test } from "vitest";
import { callAnvil, startAnvil } from "../../ampd/demo/anvil.ts";
import { call, startAmpd } from "./ampd.ts";
import { ampctl } from "./run-ampctl.ts";

const HEAD = 40;

type Progress = { readonly tables: { readonly blocks?: { readonly current_block: number | null } } };

/** Waits until a job has published that block, by asking the server 20 times a second for 30 s at most. */
async function waitForBlock(url: string, job: number, block: number): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { tables } = (await call(url, `GET /jobs/${job}/progress`)) as Progress;
    if (tables.blocks?.current_block === block) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`job ${job} did not come to block ${block} within 30 s`);
}

test("a job that follows its chain is told as such", async () => {
  const anvil = await startAnvil({ args: ["--timestamp", "1700000000"] });
  onTestFinished(() => anvil.stop());
  await callAnvil(anvil.url, "anvil_mine", [HEAD, 1], AbortSignal.timeout(30_000));
  const ampd = await startAmpd(["--segment-interval", "200ms"]);
  onTestFinished(() => ampd.stop());
  await call(ampd.url, "POST /providers", { name: "anvil", kind: "evm-rpc", network: "anvil", url: anvil.url });
  const manifest = { kind: "evm-rpc", network: "anvil", start_block: 0, tables: { blocks: {} } };
  await call(ampd.url, "POST /datasets", { namespace: "_", name: "anvil", manifest });
  await call(ampd.url, "POST /datasets/_/anvil/versions/dev/deploy", { parallelism: 2 });
  await waitForBlock(ampd.url, 1, HEAD);
  const env = { AMP_ADMIN_URL: ampd.url };
  const { stdout: list } = await ampctl("job list -s running", { env });
  expect(list).toMatch(/ 1 {2}_\/anvil {2}RUNNING {2}\w+ .*40 \/ head 40 {2}at head/);
  const { stdout: progress } = await ampctl("job progress 1", { env });
  expect(progress).toMatch(/^Job 1 {2}_\/anvil {2}RUNNING$/m);
  expect(progress).toMatch(/Blocks {2,}40 \/ head 40 \(at head\)$/m);
  expect(progress).toMatch(/Phase {2,}following$/m);
  expect(progress).toMatch(/Lag {2,}0 blocks, 0s$/m);
  expect(progress).toMatch(/^ {2}blocks {2,}0 {2}40 {2,}41 {2}/m);
  const { stdout: worker } = await ampctl("worker inspect worker-1", { env });
  expect(worker).toMatch(/Jobs {2,}1 of 4$/m);
  expect(worker).toMatch(/ 1 {2}_\/anvil {2}RUNNING/);
});
