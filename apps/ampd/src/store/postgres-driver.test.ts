import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createMigratedDatabase } from "../../test/databases.ts";
import { DatabaseUnavailableError } from "../domain/errors.ts";
import { openPostgresDriver } from "./postgres-driver.ts";

/** Stands between a client and the server; from `hold` on a new connection waits for `release`. */
async function startProxy(target: URL) {
  let gate: Promise<void> = Promise.resolve();
  let open = () => {};
  const clients: Socket[] = [];
  const server = createServer(async (client) => {
    clients.push(client.on("error", () => {}));
    await gate;
    const upstream = connect(Number(target.port), target.hostname).on("error", () => {});
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const url = new URL(target);
  // A listening TCP server has an address of this form.
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    nextClient: () => once(server, "connection"),
    cut: () => {
      for (const client of clients) client.destroy();
    },
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      open = resolve;
    },
    release: () => open(),
  };
}

test("a session that is closed while a new one is being made leaves none behind, and is silent", async () => {
  const url = new URL(await createMigratedDatabase());
  const proxy = await startProxy(url);
  const driver = await openPostgresDriver({ url: url.href, listenUrl: proxy.url });
  onTestFinished(() => driver.close());
  const heard: unknown[] = [];
  const session = await driver.listen("amp", (payload) => heard.push(payload));
  proxy.hold();
  const reconnecting = proxy.nextClient();
  proxy.cut();
  await reconnecting;
  const closing = session.close();
  proxy.release();
  await closing;
  expect(heard).toEqual([]);
});

test("a server that does not answer is named without its credentials", async () => {
  const url = "postgresql://user:secret@127.0.0.1:1/amp";
  const refusal = openPostgresDriver({ url });
  await expect(refusal).rejects.toThrow(DatabaseUnavailableError);
  await expect(refusal).rejects.toThrow("the database at 127.0.0.1:1/amp cannot be used");
  await expect(refusal).rejects.not.toThrow("secret");
});
