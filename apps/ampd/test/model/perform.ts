import { AmpError } from "../../src/domain/errors.ts";
import { deployJob, retryJob } from "../../src/store/job-deploy.ts";
import { pruneJobs, removeJob } from "../../src/store/job-remove.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import { findStray, forgetStray, stampStray } from "../../src/store/pending-file.ts";
import { reapJobs } from "../../src/store/reaper.ts";
import { actAsOwner } from "./act-as-owner.ts";
import { actAsWorker } from "./act-as-worker.ts";
import type { Command } from "./command.ts";
import { MAX_ATTEMPTS, NODES } from "./state.ts";
import { incarnationOf, numberOf, type World } from "./world.ts";

const CONTROLLER = { nodeId: "controller", name: "alice", requestId: null };
const REAPER = { nodeId: "reaper", name: null, requestId: null };

/** Does the command for real. Returns what the caller is told, in the model's words; jobs as `#number`. */
export async function perform(world: World, command: Command): Promise<string> {
  try {
    return await call(world, command);
  } catch (error) {
    if (error instanceof AmpError) return error.name;
    throw error;
  }
}

async function call(world: World, command: Command): Promise<string> {
  const { database } = world;
  switch (command.kind) {
    case "deploy": {
      const deployment = world.deployments[command.dataset];
      if (deployment === undefined) throw new Error(`there is no dataset ${command.dataset}`);
      return deployed(deployJob(database, { ...deployment, parallelism: command.parallelism }, CONTROLLER));
    }
    case "retry":
      return deployed(retryJob(database, versioned(world, command), CONTROLLER));
    case "stop": {
      const request = versioned(world, command);
      const { changed } = await stopJob(database, { ...request, deadlineMs: 3_600_000 }, CONTROLLER);
      return changed ? "changed" : "unchanged";
    }
    case "remove": {
      const request = versioned(world, command);
      return (await removeJob(database, request, CONTROLLER)) ? "removed" : "nothing there";
    }
    case "prune": {
      const { COMPLETED, STOPPED, FAILED } = await pruneJobs(database, command, CONTROLLER);
      return `pruned COMPLETED ${COMPLETED}, STOPPED ${STOPPED}, FAILED ${FAILED}`;
    }
    case "reap": {
      const moved = await reapJobs(database, { maxAttempts: MAX_ATTEMPTS }, REAPER);
      const numbers = moved.map(({ number }) => number).toSorted((a, b) => Number(a - b));
      return `reaped ${numbers.map((number) => `#${number}`).join(", ")}`;
    }
    case "passDelay":
      await database.prisma.$executeRaw`
        update job set next_attempt_at = now() - interval '1 second'
        where number = ${numberOf(world, command.job)} and next_attempt_at is not null`;
      return "done";
    case "passDeadline":
      await database.prisma.$executeRaw`
        update job set stop_deadline = now() - interval '1 second'
        where number = ${numberOf(world, command.job)} and status in ('STOP_REQUESTED', 'STOPPING')`;
      return "done";
    case "sweep":
      return `swept ${await sweep(world)}`;
    case "claim":
    case "register":
    case "renew":
    case "expire":
    case "signOff":
    case "drain":
      world.nodes[command.incarnation] = command.node;
      return actAsWorker(world, command, {
        nodeId: NODES[command.node] ?? "",
        incarnation: incarnationOf(world, command.incarnation),
      });
    default:
      return actAsOwner(world, command);
  }
}

function versioned(world: World, { job, expectedVersion }: { job: number; expectedVersion?: number }) {
  return { number: numberOf(world, job), expectedVersion };
}

async function deployed(answer: Promise<{ readonly created: boolean }>): Promise<string> {
  return (await answer).created ? "created" : "same";
}

/** As the worker's sweep, without a store to delete from. */
async function sweep({ database, storeId }: World): Promise<number> {
  await stampStray(database);
  const strays = await findStray(database, { graceMs: 0, storeId });
  await forgetStray(database, strays);
  return strays.length;
}
