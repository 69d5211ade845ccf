import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A network between a client and a server that fails as a test says. */
export type TcpProxy = {
  /** The server's URL by way of the proxy. */
  readonly url: string;
  /** Connections that stand. */
  readonly connections: number;
  /** Ends every connection, as a restart of the server does; new ones are let through. */
  cut(): void;
  /** Ends every connection, and new ones too, until `restore`. */
  refuse(): void;
  /** Swallows every byte in both directions, without a word to anybody, until `restore`: then those connections end. */
  blackhole(): void;
  restore(): void;
  /** The next connection that a client opens. */
  nextClient(): Promise<unknown>;
};

/** Stands before the server of a URL until the test is over. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const clients = new Set<Socket>();
  const swallowed = new Set<Socket>();
  let mode: "open" | "refuse" | "blackhole" = "open";
  const server = createServer((client) => {
    clients.add(client.on("error", () => {}));
    client.on("close", () => clients.delete(client));
    if (mode === "refuse") client.destroy();
    else if (mode === "blackhole") swallowed.add(client.pause());
    else join(client, connect(Number(port), hostname));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const client of clients) client.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  const join = (client: Socket, upstream: Socket) => {
    upstream.on("error", () => client.destroy());
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => {
      if (mode !== "blackhole") client.destroy();
    });
    pass(client, upstream);
    pass(upstream, client);
  };
  const pass = (from: Socket, to: Socket) => {
    from.on("data", (data) => {
      if (mode !== "blackhole") to.write(data);
    });
    // Its end is a byte like any other.
    from.on("end", () => {
      if (mode !== "blackhole") to.end();
    });
  };
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  // A listening TCP server has an address of this form.
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    get connections() {
      return clients.size;
    },
    cut,
    refuse: () => {
      mode = "refuse";
      cut();
    },
    blackhole: () => {
      mode = "blackhole";
      for (const client of clients) swallowed.add(client);
    },
    restore: () => {
      mode = "open";
      for (const client of swallowed) client.destroy();
      swallowed.clear();
    },
    nextClient: () => once(server, "connection"),
  };
}
