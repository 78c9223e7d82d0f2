import { expect, test } from "vitest";
import { Gate, GateFullError } from "./gate.ts";

test("two run, 64 wait in their order, the next is refused at once, and places come free again", async () => {
  const gate = new Gate(2, 64);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const task = (index: number) =>
    gate.run(async () => {
      order.push(index);
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running -= 1;
      if (index % 3 === 0) throw new Error("failed");
    });
  const tasks = Array.from({ length: 66 }, (_, index) => task(index));
  await expect(task(66)).rejects.toThrow(GateFullError);
  await Promise.allSettled(tasks);
  expect(most).toBe(2);
  expect(order).toEqual(Array.from({ length: 66 }, (_, index) => index));
  await task(67);
  expect(order.at(-1)).toBe(67);
});
