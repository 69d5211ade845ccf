import { callAnvil, startAnvil } from "../../ampd/demo/anvil.ts";
import { type Ampd, startAmpd } from "./ampd.ts";
import { seed } from "./seed.ts";

const BLOCKS = 99;

/** A chain, and a server that has the data of `seed.ts`. */
export async function startSeeded(): Promise<Ampd> {
  // Equal starts make equal blocks, which make files of equal size.
  const anvil = await startAnvil({ args: ["--timestamp", "1700000000"] });
  await callAnvil(anvil.url, "anvil_mine", [BLOCKS, 1], AbortSignal.timeout(30_000));
  const ampd = await startAmpd(["--max-attempts", "1"]);
  await seed(ampd.url, anvil.url);
  const stop = async () => {
    await ampd.stop();
    await anvil.stop();
  };
  return { ...ampd, stop };
}
