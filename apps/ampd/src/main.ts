import { parseCommandLine } from "./config.ts";
import { fail } from "./fail.ts";

// The launcher of an older Node cannot pass on the signal that kills it.
process.channel?.unref();
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));

try {
  const command = parseCommandLine(process.argv.slice(2), process.env);
  // Each role loads what it needs, and no more.
  switch (command.role) {
    case "solo":
      await (await import("./roles/solo.ts")).runSolo(command.settings);
      break;
    case "controller":
      await (await import("./roles/controller.ts")).runController(command.settings);
      break;
    case "worker":
      await (await import("./roles/worker.ts")).runWorker(command.settings);
      break;
    case "migrate":
      await (await import("./roles/migrate.ts")).runMigrate(command.settings);
      break;
  }
} catch (error) {
  await fail(error);
}
