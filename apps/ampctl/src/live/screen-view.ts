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
  // It knows streams of Node, of which it uses no more than ours have.
  const update = createLogUpdate(stdout as NodeJS.WriteStream, { showCursor: false });
  let shown: readonly WatchedJob[] = [];
  let events: readonly FeedEvent[] = [];
  let remark = "";
  let isOpen = true;
  const draw = () => {
    const size = { width: stdout.columns || DEFAULT_WIDTH, height: stdout.rows || DEFAULT_HEIGHT };
    const frame = renderFrame(shown, { size, paint: output.paint, now: io.now() });
    const room = Math.max(0, Math.min(MAX_EVENTS, size.height - frame.length - 3));
    const history =
      room === 0
        ? []
        : events.slice(-room).map((event) =>
            truncate(
              eventLine(event, (_, text) => text),
              size.width,
            ),
          );
    update(
      [
        ...frame,
        ...(history.length === 0 ? [] : ["", ...history.map((line) => output.paint("dim", line))]),
        ...(remark === "" ? [] : [output.paint("yellow", truncate(remark, size.width))]),
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
