/**
 * `node test/load/subscribers.ts PORT JOB COUNT KIND`: subscribers of one job in a process of their own. Writes `ready`
 * when each has a first state, and at the end of all feeds what they saw. Kinds: `mixed`, half of them to the job's
 * progress and half to its status; `equal`, all with one document; `own`, each with a document of its own.
 */
import { once } from "node:events";
import WebSocket from "ws";

/** What the subscribers saw, as one line of JSON. */
export type Summary = {
  readonly completed: number;
  readonly messages: number;
  /** Last states, and by how many subscribers each was seen. */
  readonly finals: Readonly<Record<string, number>>;
  /** States that were older than one before them. */
  readonly backwards: number;
  /** Connections that the server ended, and messages that were neither a state nor the end. */
  readonly faults: readonly string[];
};

const OPENING_AT_ONCE = 50;
const STATUS = "subscription ($n: BigInt!) { jobChanged(number: $n) { status order: version } }";
const HEAD = "subscription ($n: BigInt!) { jobProgress(number: $n) { status: jobStatus order: headBlock } }";
const PROGRESS = `subscription ($n: BigInt!) { jobProgress(number: $n, minInterval: 0) {
  status: jobStatus order: headBlock currentBlock targetBlock lagBlocks lagSeconds blocksPerSecond phase
  eta { earliest latest } stalledSince rowCount totalSizeBytes inFlight { blocks rows bytes upToBlock }
  tables { table currentBlock rowCount totalSizeBytes filesCount }
} }`;

const documentOf: Record<string, (index: number) => string> = {
  mixed: (index) => (index % 2 === 0 ? HEAD : STATUS),
  equal: () => PROGRESS,
  own: (index) => `${PROGRESS} # ${index}`,
};

const [port = "", job = "", count = "", kind = "mixed"] = process.argv.slice(2);
const total = Number(count);
let ready = 0;
let messages = 0;
let backwards = 0;
let completed = 0;
const finals: Record<string, number> = {};
const faults: string[] = [];
const all = Promise.withResolvers<void>();

for (let first = 0; first < total; first += OPENING_AT_ONCE) {
  const indexes = Array.from({ length: Math.min(OPENING_AT_ONCE, total - first) }, (_, index) => first + index);
  await Promise.all(indexes.map(subscribe));
}
await all.promise;
const summary: Summary = { completed, messages, finals, backwards, faults: faults.slice(0, 10) };
process.stdout.write(`${JSON.stringify(summary)}\n`, () => process.exit());

/** Resolves with the first state. */
async function subscribe(index: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, ["graphql-transport-ws"]);
  const payload = { query: documentOf[kind]?.(index), variables: { n: job } };
  const request = JSON.stringify({ id: "1", type: "subscribe", payload });
  const started = Promise.withResolvers<void>();
  let last = "";
  let lastOrder = -1;
  let isOver = false;
  const end = (fault?: string) => {
    if (isOver) return;
    isOver = true;
    started.resolve();
    if (fault === undefined) completed += 1;
    else faults.push(fault);
    finals[last] = (finals[last] ?? 0) + 1;
    socket.close();
    if (completed + faults.length === total) all.resolve();
  };
  socket.on("close", (code) => end(`closed with ${code}`));
  socket.on("error", (error) => end(String(error)));
  socket.on("message", (data) => {
    const { type, payload } = JSON.parse(String(data));
    if (type === "connection_ack") return socket.send(request);
    if (type === "complete") return end();
    const [state] = Object.values<{ status: string; order: string | null } | undefined>(payload?.data ?? {});
    if (state === undefined) return end(String(data));
    messages += 1;
    last = `${state.status} ${state.order}`;
    if (Number(state.order ?? 0) < lastOrder) backwards += 1;
    lastOrder = Number(state.order ?? 0);
    started.resolve();
  });
  await once(socket, "open");
  socket.send('{"type":"connection_init"}');
  await started.promise;
  ready += 1;
  if (ready === total) process.stdout.write("ready\n");
}
