import { isAddress, isLoopbackHost, withoutBrackets } from "./loopback.ts";

export type HostPolicy = {
  /** The host that the server listens on. */
  readonly host: string;
  readonly allowedOrigins: readonly string[];
  readonly insecure: boolean;
};

/**
 * Whether a `Host` header names this server. A page of a foreign name that resolves to our address (DNS rebinding) is
 * same-origin to its browser, and is told apart only by the name it asks for.
 *
 * Allowed with any port: loopback names and addresses, the configured host, the hosts of allowed origins, and, with
 * `insecure`, every IP address: an address cannot be rebound.
 */
export function isHostAllowed(header: string | undefined, policy: HostPolicy): boolean {
  const name = parseHostName(header);
  if (name === undefined) return false;
  if (isLoopbackHost(name) || name === withoutBrackets(policy.host).toLowerCase()) return true;
  if (isAddress(name)) return policy.insecure;
  return policy.allowedOrigins.some((origin) => new URL(origin).hostname === name);
}

/** The name of `name:port`, lower-case, without brackets and without the dot at the end of a full name. */
function parseHostName(header: string | undefined): string | undefined {
  const [, name] = /^(\[[\da-f:.]+\]|[a-z\d._-]+)(?::\d{0,5})?$/i.exec(header ?? "") ?? [];
  return name === undefined ? undefined : withoutBrackets(name).toLowerCase().replace(/\.$/, "");
}
