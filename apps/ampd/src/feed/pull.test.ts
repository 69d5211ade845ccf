import { expect, test } from "vitest";
import { Pull } from "./pull.ts";

const END = { done: true, value: undefined };

function makePull(values: number[] = []) {
  let closings = 0;
  const pull = new Pull<number>({
    take: () => values.shift(),
    onClose: () => {
      closings += 1;
    },
  });
  return { pull, values, closings: () => closings };
}

test("a pull takes a value when it is asked for, and no other", async () => {
  const { pull, values } = makePull([1, 2, 3]);
  expect(await pull.next()).toEqual({ done: false, value: 1 });
  pull.deliver();
  expect(values).toEqual([2, 3]);
});

test("readers that wait are given values in the order of their calls", async () => {
  const { pull, values } = makePull();
  const waiting = Promise.all([pull.next(), pull.next(), pull.next()]);
  values.push(1, 2);
  pull.deliver();
  values.push(3, 4);
  pull.deliver();
  expect((await waiting).map(({ value }) => value)).toEqual([1, 2, 3]);
  expect(values).toEqual([4]);
});

test("return ends at once those who wait, and closes once", async () => {
  const { pull, closings } = makePull();
  const waiting = Promise.all([pull.next(), pull.next()]);
  expect(await pull.return()).toEqual(END);
  expect(await waiting).toEqual([END, END]);
  expect(await pull.next()).toEqual(END);
  pull.end();
  expect(closings()).toBe(1);
});

test("after the end nothing is taken", async () => {
  const { pull, values } = makePull([1]);
  pull.end();
  expect(await pull.next()).toEqual(END);
  expect(values).toEqual([1]);
});

test("a failure is told once, to the first who asks, and then it is over", async () => {
  const { pull } = makePull();
  const waiting = Promise.allSettled([pull.next(), pull.next()]);
  pull.end({ error: new Error("broken") });
  const [first, second] = await waiting;
  expect(first).toMatchObject({ status: "rejected", reason: { message: "broken" } });
  expect(second).toEqual({ status: "fulfilled", value: END });
  const idle = makePull().pull;
  idle.end({ error: new Error("broken") });
  await expect(idle.next()).rejects.toThrow("broken");
  expect(await idle.next()).toEqual(END);
});
