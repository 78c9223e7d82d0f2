import { expect, test } from "vitest";
import { cacheFeedSource } from "./feed-cache.ts";

const SOURCE = { entries: [], notes: [], changedAt: 0 };

test("many who ask at once share one reading, which holds for less than a second or until an edit", async () => {
  let reads = 0;
  let nowMs = 0;
  const load = async () => {
    reads += 1;
    return SOURCE;
  };
  const cache = cacheFeedSource(load, () => nowMs);
  await Promise.all(Array.from({ length: 50 }, () => cache.read()));
  nowMs = 899;
  await cache.read();
  expect(reads).toBe(1);
  nowMs = 900;
  await cache.read();
  expect(reads).toBe(2);
  cache.forget();
  await cache.read();
  expect(reads).toBe(3);
});

test("a reading that failed is not kept", async () => {
  const answers = [Promise.reject(new Error("gone")), Promise.resolve(SOURCE)];
  const cache = cacheFeedSource(
    () => answers.shift() as Promise<typeof SOURCE>,
    () => 0,
  );
  await expect(cache.read()).rejects.toThrow("gone");
  expect(await cache.read()).toBe(SOURCE);
});
