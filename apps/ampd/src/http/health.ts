export type Readiness = { readonly ready: boolean; readonly reasons: readonly string[] };

export type HealthAnswer = { readonly status: 200 | 503; readonly body: unknown };

/** The answer to a health path, `undefined` for any other. Live: the process answers. Ready: it can do its work. */
export function answerHealth(path: string, readiness: () => Readiness): HealthAnswer | undefined {
  if (path === "/health/live" || path === "/healthz") return { status: 200, body: { status: "ok" } };
  if (path !== "/health/ready") return undefined;
  const { ready, reasons } = readiness();
  return { status: ready ? 200 : 503, body: { ready, reasons } };
}
