import { createLogUpdate } from "log-update";
import type { FeedEvent } from "../client/event-feed.ts";
import type { Context } from "../context.ts";
import { truncate } from "../output/width.ts";
import { eventLine } from "./event-line.ts";
import { renderFrame } from "./frame.ts";
import type { WatchView } from "./line-view.ts";
import type { WatchedJob, WatchedJobs } from "./watched-jobs.ts";

const DEFAULT_WIDTH = 80;
const DEFAULT_HEIGHT = 24;
const MAX_EVENTS = 5;

/** For terminals: jobs and the newest events, redrawn in place; the last state stays when it is closed. */
export function createScreenView({ io, output }: Context): WatchView {
  const { stdout } = io;
  const size = () => ({ width: stdout.columns || DEFAULT_WIDTH, height: stdout.rows || DEFAULT_HEIGHT });
  // A terminal that does not know its size says 0, and would be shown nothing.
  const sized = Object.defineProperties(Object.create(stdout), {
    columns: { get: () => size().width },
    rows: { get: () => size().height },
    write: { value: (text: string) => stdout.write(text) },
  });
  const update = createLogUpdate(sized, { showCursor: false });
  let shown: readonly WatchedJob[] = [];
  let events: readonly FeedEvent[] = [];
  let remark = "";
  let isOpen = true;
  const draw = () => {
    const { width, height } = size();
    const frame = renderFrame(shown, { size: { width, height }, paint: output.paint, now: io.now() });
    const room = Math.max(0, Math.min(MAX_EVENTS, height - frame.length - 3));
    const history =
      room === 0
        ? []
        : events.slice(-room).map((event) =>
            truncate(
              eventLine(event, (_, text) => text),
              width,
            ),
          );
    update(
      [
        ...frame,
        ...(history.length === 0 ? [] : ["", ...history.map((line) => output.paint("dim", line))]),
        ...(remark === "" ? [] : [output.paint("yellow", truncate(remark, width))]),
      ].join("\n"),
    );
  };
  const redraw = () => {
    if (isOpen) draw();
  };
  stdout.on?.("resize", redraw);
  return {
    event: (event) => {
      events = [...events, event].slice(-MAX_EVENTS);
      redraw();
    },
    jobs: (jobs: WatchedJobs) => {
      shown = [...jobs.values()].filter((job) => job !== null);
      // The server has just answered.
      remark = "";
      redraw();
    },
    note: (text) => {
      remark = text;
      redraw();
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      stdout.off?.("resize", redraw);
      update.done();
    },
  };
}
