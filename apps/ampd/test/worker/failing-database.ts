import type { Database } from "../../src/store/database.ts";
import type { Prisma } from "../../src/store/generated/client.ts";

type Statement = [TemplateStringsArray, ...unknown[]];

/** A database that refuses every raw statement and every batch while `isDown` says so. */
export function withOutages(real: Database, isDown: () => boolean): Database {
  return replace(real, (prisma) => ({
    $queryRaw: (...statement: Statement) => (isDown() ? fail(prisma) : prisma.$queryRaw(...statement)),
    $executeRaw: (...statement: Statement) => (isDown() ? fail(prisma) : prisma.$executeRaw(...statement)),
    $transaction: (batch: Prisma.PrismaPromise<unknown>[]) => prisma.$transaction(isDown() ? [fail(prisma)] : batch),
  }));
}

/** A database whose publishing batches break in their middle where `isDue` says so. */
export function withBrokenPublish(real: Database, isDue: () => boolean): Database {
  return replace(real, (prisma) => ({
    $transaction: (batch: Prisma.PrismaPromise<unknown>[]) => {
      const isPublish = batch.length > MAX_READS && isDue();
      return prisma.$transaction(isPublish ? [...batch.slice(0, 2), fail(prisma), ...batch.slice(2)] : batch);
    },
  }));
}

/** A database whose publishing batches are done, but whose answer is lost where `isDue` says so. */
export function withLostAnswers(real: Database, isDue: () => boolean): Database {
  return replace(real, (prisma) => ({
    $transaction: async (batch: Prisma.PrismaPromise<unknown>[]) => {
      const isLost = batch.length > MAX_READS && isDue();
      const answer = await prisma.$transaction(batch);
      if (isLost) throw new Error("Connection terminated unexpectedly");
      return answer;
    },
  }));
}

/** The longest batch that only reads. */
const MAX_READS = 4;

function fail(prisma: Database["prisma"]): Prisma.PrismaPromise<unknown> {
  return prisma.$executeRaw`do $$ begin raise exception 'the connection is lost' using errcode = '08006'; end $$`;
}

function replace(real: Database, methodsOf: (prisma: Database["prisma"]) => object): Database {
  const methods = new Map<unknown, unknown>(Object.entries(methodsOf(real.prisma)));
  const prisma = new Proxy(real.prisma, {
    get: (target, name) => methods.get(name) ?? Reflect.get(target, name, target),
  });
  return { ...real, prisma };
}
