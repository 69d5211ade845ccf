import { setTimeout as sleep } from "node:timers/promises";

/** Asks again and again until there is an answer. @throws when there is none in time */
export async function waitFor<T>(
  ask: () => Promise<T | undefined>,
  options: { readonly what: string; readonly timeoutMs?: number },
): Promise<T> {
  const endMs = performance.now() + (options.timeoutMs ?? 30_000);
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > endMs) throw new Error(`waited in vain for ${options.what}`);
    await sleep(50);
  }
}
