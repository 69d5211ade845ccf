import type { SqlMigrationAwareDriverAdapterFactory } from "@prisma/driver-adapter-utils";

/** Called with the payload of each notification; `undefined` after a gap in which any number may have been lost. */
export type NotificationListener = (payload: string | undefined) => void;

export type MigrationSession = {
  /** Its `executeScript` hands a whole script to the driver. */
  readonly adapterFactory: SqlMigrationAwareDriverAdapterFactory;
  close(): Promise<void>;
};

/** What the embedded database and a PostgreSQL server do differently; everything else is one code path. */
export type Driver = {
  readonly dialect: "pglite" | "postgres";
  readonly adapterFactory: SqlMigrationAwareDriverAdapterFactory;
  /** One session for the migration engine, whose advisory lock lasts as long as the session. */
  openMigrationSession(): MigrationSession;
  /** LISTEN on the channel; resolves when the first registration stands. */
  listen(channel: string, onNotification: NotificationListener): Promise<{ close(): Promise<void> }>;
  close(): Promise<void>;
};

/**
 * Prisma's adapters split a script at every `;` (and one does not wait for it): a function body breaks. This one hands
 * the script over whole.
 */
export function withWholeScripts(
  factory: SqlMigrationAwareDriverAdapterFactory,
  runScript: (script: string) => Promise<unknown>,
): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => {
      const adapter = await factory.connect();
      adapter.executeScript = async (script) => {
        await runScript(script);
      };
      return adapter;
    },
    connectToShadowDb: () => factory.connectToShadowDb(),
  };
}
