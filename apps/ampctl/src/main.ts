import { EXIT_CODES, InterruptedError } from "./errors.ts";
import { run } from "./run.ts";

let outlivesReader = false;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") {
    // A disk that is full, for one.
    process.stderr.write(`✗ the output cannot be written: ${error.message}\n`);
    process.exit(EXIT_CODES.FAILED);
  }
  // Who read the output has seen enough, as in `ampctl job list | head -1`.
  if (!outlivesReader) process.exit(EXIT_CODES.DONE);
});
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  // Nobody reads remarks; the exit code still tells how it ended.
  if (error.code !== "EPIPE") throw error;
});

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // It stays: who restores the terminal at a signal would otherwise take itself for the only one to handle it.
  process.on(signal, () => {
    if (interrupted.signal.aborted) process.exit(EXIT_CODES[new InterruptedError(signal).kind]);
    interrupted.abort(new InterruptedError(signal));
  });
}

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: interrupted.signal,
  outliveReader: () => {
    outlivesReader = true;
  },
  now: () => new Date(),
});
