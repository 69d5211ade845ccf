import { allPages } from "../client/all-pages.ts";
import { readFeed } from "../client/event-feed.ts";
import { query } from "../client/graphql.ts";
import { createLink, type Link } from "../client/link.ts";
import type { Connection } from "../client/request.ts";
import type { Context } from "../context.ts";
import { CtlError, UsageError } from "../errors.ts";
import { JobListDocument, WorkerListDocument } from "../generated/api.ts";
import { applyNamed } from "../job-actions/named.ts";
import { outcomeLine } from "../job-actions/outcome.ts";
import { renderTop } from "../live/top-frame.ts";
import type { TopScreen } from "../live/top-screen.ts";
import { createTopState, type TopReading, withEvents, withReading } from "../live/top-state.ts";
import { parseStatuses } from "../options/job-status.ts";

/** How often the figures are read; an event has them read at once. */
const INTERVAL_SECONDS = 1;
/** Jobs that are read each time: more than anybody looks through. */
const MAX_JOBS = 500;
const { statuses: ACTIVE } = parseStatuses("active");

/** `ampctl top` */
export async function top(context: Context): Promise<undefined> {
  const { io, server, isJson } = context;
  if (isJson) throw new UsageError("top has no JSON", { hint: "ampctl job watch --json tells of each change" });
  if (io.stdin.isTTY !== true || io.stdout.isTTY !== true) {
    throw new UsageError("top needs a terminal", { hint: "ampctl job watch tells of each change, line by line" });
  }
  const closing = new AbortController();
  const asking = { ...server, signal: AbortSignal.any([server.signal, closing.signal]) };
  let screen: TopScreen | undefined;
  // It notes nothing before the first answer: what does not answer at all is told where the operator is.
  const note = (remark: string) => screen?.update((state) => ({ ...state, remark }));
  const link = createLink({ signal: asking.signal, note });
  const reading = await link.keep(() => readTop(asking));
  screen = await openScreen(context, reading, asking);
  const { close } = screen;
  io.signal.addEventListener("abort", close, { once: true });
  try {
    await Promise.race([screen.left, follow(asking, { link, screen })]);
  } finally {
    closing.abort();
    io.signal.removeEventListener("abort", close);
    close();
  }
  io.signal.throwIfAborted();
}

async function openScreen(context: Context, reading: TopReading, server: Connection): Promise<TopScreen> {
  const { io, output } = context;
  // It takes longer to load than all other commands together.
  const { openTopScreen } = await import("../live/top-screen.ts");
  const screen = openTopScreen(io, {
    state: createTopState(reading),
    draw: (state, size) => renderTop(state, { ...size, paint: output.paint, now: io.now(), url: server.url.host }),
    onStop: async (id) => {
      const said = await stop(server, id);
      screen.update((state) => ({ ...state, said }));
    },
  });
  return screen;
}

/** Reads what is shown until the server refuses to give it; one that is away is waited for. */
async function follow(server: Connection, { link, screen }: { link: Link; screen: TopScreen }): Promise<never> {
  const feed = readFeed(server, { after: undefined, filter: {}, link, waitSeconds: () => INTERVAL_SECONDS });
  for await (const { events } of feed) {
    const reading = await link.keep(() => readTop(server));
    screen.update((state) => withReading(withEvents(state, events), reading));
  }
  throw new Error("The feed ended, which has no end.");
}

async function readTop(server: Connection): Promise<TopReading> {
  const [{ jobs }, workers] = await Promise.all([
    query(server, JobListDocument, { first: MAX_JOBS, after: null, filter: { status: [...ACTIVE] } }),
    allPages(async (after) => (await query(server, WorkerListDocument, { after })).workers),
  ]);
  const total = `${jobs.isTotalCountExact ? "" : "more than "}${jobs.totalCount}`;
  return { jobs: jobs.nodes, total: jobs.pageInfo.hasNextPage ? total : undefined, workers };
}

/** Asks a job to stop. @returns what came of it */
async function stop(server: Connection, id: bigint): Promise<string> {
  try {
    const lines: string[] = [];
    for await (const outcome of applyNamed(server, { action: "STOP", ids: [id], reason: undefined })) {
      lines.push(outcome.error?.message ?? outcomeLine("STOP", outcome));
    }
    return lines.join(", ");
  } catch (error) {
    if (error instanceof CtlError) return error.message;
    throw error;
  }
}
