import { parseCommandLine } from "./config.ts";
import { fail } from "./fail.ts";

try {
  const command = parseCommandLine(process.argv.slice(2), process.env);
  // Each role loads what it needs, and no more.
  switch (command.role) {
    case "solo":
      await (await import("./run-solo.ts")).runSolo(command.settings);
      break;
    case "migrate":
      await (await import("./migrate.ts")).runMigrate(command.settings);
      break;
  }
} catch (error) {
  fail(error);
}
