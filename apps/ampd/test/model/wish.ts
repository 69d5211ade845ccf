import fc from "fast-check";
import { ENDED } from "./arrows.ts";
import type { Command } from "./command.ts";
import { DATASETS, type Model, NODES, type Owner } from "./state.ts";

/** A command that depends on what there is by then; undefined where it cannot even be tried. */
export type Wish = (model: Model) => Command | undefined;

/** How far back from the latest: mostly not at all, and sometimes to what is long over. */
const back = fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3, 5);
const node = fc.nat({ max: NODES.length - 1 });
const dataset = fc.constantFrom(...Array.from({ length: DATASETS }, (_, index) => index), 0);
const slot = fc.nat({ max: 3 });
const mostlyNot = fc.constantFrom(false, false, false, true);
const version = fc.constantFrom("any", "any", "right", "wrong");

const ownerWishes = fc.constantFrom("take", "begin", "complete", "fail", "handOver").chain((kind) => byOwner({ kind }));
const deploy = fc.record({ dataset, parallelism: fc.constantFrom(1, 1, 1, 2) }).map(
  (deployment): Wish =>
    () => ({ kind: "deploy", ...deployment }),
);
const claim = fc.record({ node, limit: fc.constantFrom(1, 1, 2), stale: mostlyNot, isElsewhere: mostlyNot }).map(
  ({ node: index, limit, stale, isElsewhere }): Wish =>
    (model) => ({ kind: "claim", node: index, incarnation: processOf(model, index, stale), limit, isElsewhere }),
);
const take = byOwner({ kind: "take" });
const open = fc
  .tuple(back, slot)
  .map(([ago, at]) =>
    withOwner(ago, (owner, model) => (hasTable(model, owner) ? { kind: "open", owner, slot: at } : undefined)),
  );
const publish = back.map(
  (ago): Wish =>
    (model) => {
      const segment = Math.max(0, model.segments.length - 1 - ago);
      const owner = model.segments[segment]?.owner;
      return owner === undefined ? undefined : { kind: "publish", owner, segment };
    },
);
/** Another attempt's file: also of the same job, which the attempt's number alone tells apart. */
const publishOthers = fc
  .tuple(back, back)
  .map(([ago, segmentAgo]) =>
    withOwner(ago, (owner, model) =>
      indexed(model.segments.length, segmentAgo, (segment) => ({ kind: "publish", owner, segment })),
    ),
  );
const ofJob = fc.tuple(fc.constantFrom("passDelay", "passDeadline"), back).map(
  ([kind, ago]): Wish =>
    (model) =>
      indexed(model.jobs.length, ago, (job) => ({ kind, job })),
);
const stop = atVersion("stop");
const remove = atVersion("remove");
const retry = atVersion("retry");
const finish = fc
  .tuple(back, fc.boolean())
  .map(([ago, failed]) => withOwner(ago, (owner) => ({ kind: "finish", owner, failed })));
const begin = byOwner({ kind: "begin" });
const retryLater = fc
  .tuple(back, fc.boolean())
  .map(([ago, counted]) => withOwner(ago, (owner) => ({ kind: "retryLater", owner, counted })));
const fixTarget = fc
  .tuple(back, fc.nat({ max: 9 }))
  .map(([ago, block]) => withOwner(ago, (owner) => ({ kind: "fixTarget", owner, block })));
const prune = fc.record({ statuses: fc.subarray([...ENDED, "RUNNING" as const]), dryRun: mostlyNot }).map(
  (request): Wish =>
    () => ({ kind: "prune", ...request }),
);
const register = fc.record({ node, takeOver: mostlyNot }).map(
  (request): Wish =>
    (model) => {
      const incarnation = model.incarnations;
      model.incarnations += 1;
      return { kind: "register", ...request, incarnation };
    },
);
const expire = workerWish("expire");
const worker = fc.constantFrom("renew", "expire", "signOff", "drain").chain(workerWish);
const reap = fc.constant<Wish>(() => ({ kind: "reap" }));
const sweep = fc.constant<Wish>(() => ({ kind: "sweep" }));

const alone = (wish: fc.Arbitrary<Wish>) => wish.map((one) => [one]);

const beginning = fc.tuple(deploy, claim, take);
/** Runs the job before the latest again, while that one is active or stops. */
const retryEarlier = fc.constant<Wish>((model) => indexed(model.jobs.length, 1, (job) => ({ kind: "retry", job })));
const complete = byOwner({ kind: "complete" });

/** Single commands, and sequences that get somewhere: by chance alone few jobs would be claimed, published and stopped. */
const anyPhrase: fc.Arbitrary<Wish[]> = fc.oneof(
  { weight: 4, arbitrary: beginning },
  { weight: 4, arbitrary: fc.tuple(open, publish) },
  { weight: 2, arbitrary: fc.tuple(stop, begin, finish) },
  { weight: 1, arbitrary: fc.tuple(stop, complete) },
  { weight: 1, arbitrary: fc.tuple(stop, begin, complete) },
  { weight: 1, arbitrary: fc.tuple(stop, expire, expire, reap) },
  { weight: 1, arbitrary: fc.tuple(complete, remove, remove, retry, stop) },
  { weight: 1, arbitrary: fc.tuple(workerWish("signOff"), workerWish("renew"), register) },
  { weight: 1, arbitrary: fc.tuple(complete, deploy, retryEarlier) },
  { weight: 1, arbitrary: fc.tuple(complete, deploy, claim, stop, retryEarlier) },
  { weight: 2, arbitrary: fc.tuple(expire, reap) },
  { weight: 2, arbitrary: fc.tuple(claim, take) },
  ...[
    { weight: 2, arbitrary: deploy },
    { weight: 3, arbitrary: claim },
    { weight: 5, arbitrary: ownerWishes },
    { weight: 2, arbitrary: finish },
    { weight: 3, arbitrary: retryLater },
    { weight: 1, arbitrary: fixTarget },
    { weight: 2, arbitrary: open },
    { weight: 2, arbitrary: publish },
    { weight: 2, arbitrary: publishOthers },
    { weight: 3, arbitrary: ofJob },
    { weight: 3, arbitrary: stop },
    { weight: 2, arbitrary: remove },
    { weight: 2, arbitrary: retry },
    { weight: 1, arbitrary: prune },
    { weight: 2, arbitrary: register },
    { weight: 3, arbitrary: worker },
    { weight: 3, arbitrary: reap },
    { weight: 1, arbitrary: sweep },
  ].map(({ weight, arbitrary }) => ({ weight, arbitrary: alone(arbitrary) })),
);

/** What happens one after another, from a job that is claimed on: most of the commands need one. */
export const anyHistory: fc.Arbitrary<Wish[]> = fc
  .tuple(beginning, fc.array(anyPhrase, { minLength: 3, maxLength: 10, size: "max" }))
  .map(([first, phrases]) => [...first, ...phrases.flat()]);

/** What may happen to the same job in one instant; each is one call of the store. */
export const anyMove: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 2, arbitrary: deploy },
  { weight: 3, arbitrary: claim },
  { weight: 4, arbitrary: ownerWishes },
  { weight: 2, arbitrary: finish },
  { weight: 2, arbitrary: retryLater },
  { weight: 3, arbitrary: publish },
  { weight: 1, arbitrary: ofJob },
  { weight: 4, arbitrary: stop },
  { weight: 2, arbitrary: remove },
  { weight: 2, arbitrary: retry },
  { weight: 2, arbitrary: prune },
  { weight: 2, arbitrary: register },
  { weight: 2, arbitrary: worker },
  { weight: 3, arbitrary: reap },
);

function byOwner<K extends "take" | "begin" | "complete" | "fail" | "handOver">({
  kind,
}: {
  kind: K;
}): fc.Arbitrary<Wish> {
  return back.map((ago) => withOwner(ago, (owner) => ({ kind, owner })));
}

function withOwner(ago: number, wish: (owner: Owner, model: Model) => Command | undefined): Wish {
  return (model) => {
    const owner = backFrom(model.owners, ago);
    return owner === undefined ? undefined : wish(owner, model);
  };
}

function atVersion(kind: "stop" | "remove" | "retry"): fc.Arbitrary<Wish> {
  return fc.tuple(back, version).map(
    ([ago, expected]): Wish =>
      (model) =>
        indexed(model.jobs.length, ago, (job) => {
          const actual = model.jobs[job]?.row?.version ?? 1;
          if (expected === "any") return { kind, job };
          return { kind, job, expectedVersion: expected === "right" ? actual : actual + 1 };
        }),
  );
}

function workerWish(kind: "renew" | "expire" | "signOff" | "drain"): fc.Arbitrary<Wish> {
  return fc.tuple(node, mostlyNot).map(
    ([index, stale]): Wish =>
      (model) => ({ kind, node: index, incarnation: processOf(model, index, stale) }),
  );
}

function indexed(length: number, ago: number, wish: (index: number) => Command): Command | undefined {
  return length === 0 ? undefined : wish(Math.max(0, length - 1 - ago));
}

function backFrom<T>(all: readonly T[], ago: number): T | undefined {
  return all[Math.max(0, all.length - 1 - ago)];
}

/** The present process of a node, or the one that it replaced. */
function processOf(model: Model, index: number, stale: boolean): number {
  const processes = model.processes[index] ?? [];
  return (stale ? processes.at(-2) : undefined) ?? processes.at(-1) ?? 0;
}

function hasTable(model: Model, owner: Owner): boolean {
  return model.tables[datasetOf(model, owner) ?? -1]?.exists === true;
}

function datasetOf(model: Model, owner: Owner): number | undefined {
  return model.jobs[owner.job]?.row?.dataset;
}
