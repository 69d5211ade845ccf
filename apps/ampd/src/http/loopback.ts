import { isIPv4, isIPv6 } from "node:net";

/** Whether only this machine reaches the host: `localhost`, names below it, 127.0.0.0/8 and ::1; IPv6 with or without brackets. */
export function isLoopbackHost(host: string): boolean {
  const name = withoutBrackets(host).toLowerCase();
  if (isIPv4(name)) return name.startsWith("127.");
  if (isIPv6(name)) return isLoopbackIPv6(name);
  return name === "localhost" || name.endsWith(".localhost");
}

export function isAddress(host: string): boolean {
  const name = withoutBrackets(host);
  return isIPv4(name) || isIPv6(name);
}

export function withoutBrackets(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** The host as it stands in a URL: an IPv6 address in brackets. */
export function hostInUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/** An IPv6 address has many spellings; `URL` knows the shortest, and writes a mapped 127.0.0.1 as ::ffff:7f00:1. */
function isLoopbackIPv6(address: string): boolean {
  const [withoutZone = ""] = address.split("%");
  const { hostname } = new URL(`http://[${withoutZone}]`);
  return hostname === "[::1]" || /^\[::ffff:7f[\da-f]{2}:/.test(hostname);
}
