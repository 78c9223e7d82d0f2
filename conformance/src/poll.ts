import { setTimeout as delay } from "node:timers/promises";

const FIRST_MS = 50;
const LAST_MS = 1000;
const GROWTH = 1.5;

/** Asks until the answer will do; ever more slowly, because every question counts against the API's limit. */
export async function poll<T>(ask: () => Promise<T>, isEnough: (answer: T) => boolean): Promise<T> {
  for (let waitMs = FIRST_MS; ; waitMs = Math.min(waitMs * GROWTH, LAST_MS)) {
    const answer = await ask();
    if (isEnough(answer)) return answer;
    await delay(waitMs);
  }
}
