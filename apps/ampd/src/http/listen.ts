import type { Server } from "node:http";
import { AddressInUseError, InvalidConfigError } from "../domain/errors.ts";
import { hostInUrl } from "./loopback.ts";

/** Where the server is reached: the port that it has, and a URL of this machine. */
export type Address = { readonly url: string; readonly port: number };

/**
 * Opens the port.
 * @throws AddressInUseError
 * @throws InvalidConfigError when the host or the port cannot be had at all
 */
export async function listen(server: Server, host: string, port: number): Promise<Address> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ host, port }, resolve);
  try {
    await promise;
  } catch (error) {
    throw translate(error, host, port);
  } finally {
    server.off("error", reject);
  }
  const address = server.address();
  const taken = address !== null && typeof address === "object" ? address.port : port;
  return { url: `http://${hostInUrl(reachableHost(host))}:${taken}`, port: taken };
}

/** The wildcard is no address that a client can ask for. */
function reachableHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

function translate(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "EADDRINUSE":
      return new AddressInUseError(host, port);
    case "EACCES":
      return refusal(`port ${port} on ${host} is not open to this user: choose one above 1023 with --port`, error);
    case "EADDRNOTAVAIL":
      return refusal(`host ${host} is no address of this machine: choose another with --host`, error);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return refusal(`host ${host} has no address: choose another with --host`, error);
    default:
      return error;
  }
}

function refusal(message: string, cause: unknown): InvalidConfigError {
  return new InvalidConfigError(message, {}, { cause });
}
