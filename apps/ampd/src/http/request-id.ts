/** The client's own request id when it is sane, so that its log and ours can be joined; otherwise the fresh one. */
export function chooseRequestId(header: string | readonly string[] | undefined, fresh: string): string {
  return typeof header === "string" && /^[A-Za-z0-9._-]{1,100}$/.test(header) ? header : fresh;
}
