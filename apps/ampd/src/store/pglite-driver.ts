import { PGlite } from "@electric-sql/pglite";
import { PrismaPGlite } from "pglite-prisma-adapter";
import { type Driver, withWholeScripts } from "./driver.ts";

/**
 * The embedded database: PostgreSQL in WebAssembly, in this process; in memory when no folder is given.
 * @param dump another embedded database, as PGlite dumps it, to begin with
 */
export async function openPGliteDriver(directory?: string, dump?: Blob): Promise<Driver> {
  const pglite = await PGlite.create({
    ...(directory === undefined ? {} : { dataDir: directory }),
    ...(dump === undefined ? {} : { loadDataDir: dump }),
  });
  const adapterFactory = new PrismaPGlite(pglite);
  return {
    dialect: "pglite",
    adapterFactory,
    openMigrationSession: () => ({
      adapterFactory: withWholeScripts(adapterFactory, (script) => pglite.exec(script)),
      close: async () => {},
    }),
    listen: async (channel, onNotification) => {
      const unlisten = await pglite.listen(channel, onNotification);
      return { close: () => unlisten() };
    },
    close: () => pglite.close(),
  };
}
