import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { AppError } from "@breakwater/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Attempt, LoginGuard } from "./login-guard.ts";

const HOUR_MS = 3_600_000;

const begin = (guard: LoginGuard, username: string, address: string, now = 0): Attempt => {
  const begun = guard.begin(username, address, now);
  if (!("attempt" in begun)) throw new Error(`held back: ${JSON.stringify(begun)}`);
  return begun.attempt;
};
/** Seconds to wait, without an attempt being left behind. */
const waitSec = (guard: LoginGuard, username: string, address: string, now = 0): number => {
  const begun = guard.begin(username, address, now);
  if ("otherEnds" in begun) throw new Error("an attempt has not ended");
  if ("waitSec" in begun) return begun.waitSec;
  begun.attempt.withdraw();
  return 0;
};
/** Fails so many times, each as soon as it is let. @returns the time after the last */
const fail = (guard: LoginGuard, username: string, address: string, times: number, from = 0): number => {
  let now = from;
  for (let count = 0; count < times; count++) {
    now += waitSec(guard, username, address, now) * 1000;
    begin(guard, username, address, now).fail();
  }
  return now;
};

test("five failures are free, then the wait doubles up to a quarter of an hour", () => {
  const guard = new LoginGuard();
  fail(guard, "u", "a", 4);
  expect(waitSec(guard, "u", "a")).toBe(0);
  const waits = [];
  let now = 0;
  for (let count = 0; count < 13; count++) {
    now = fail(guard, "u", "a", 1, now);
    waits.push(waitSec(guard, "U", "a", now));
  }
  expect(waits.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
  expect([Math.max(...waits), waits.at(-1)]).toEqual([900, 900]);
});

test("attempts made at once are counted before any of them has failed", () => {
  const guard = new LoginGuard();
  const begun = Array.from({ length: 300 }, () => guard.begin("u", "a", 0));
  const kinds = begun.map((result) => Object.keys(result)[0] as string);
  expect(Object.groupBy(kinds, (kind) => kind)).toEqual({
    attempt: Array(5).fill("attempt"),
    otherEnds: Array(64).fill("otherEnds"),
    waitSec: Array(231).fill("waitSec"),
  });
});

test("however many come at once and in whatever order they end, right ones get in and wrong ones are as few as in turn", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("right", "wrong", "withdrawn"), { minLength: 1, maxLength: 40 }),
      fc.infiniteStream(fc.nat()),
      async (kinds, picks) => {
        const guard = new LoginGuard();
        const running: { kind: string; attempt: Attempt }[] = [];
        let sentAway = 0;
        let looked = 0;
        let rights = 0;
        const all = kinds.map(async (kind) => {
          const attempt = await guard.enter("u", "a", () => 0).catch((error: AppError) => error);
          if (!(attempt instanceof AppError)) running.push({ kind, attempt });
          else sentAway += 1;
        });
        const ended = Promise.all(all);
        for (;;) {
          await new Promise(setImmediate);
          const next = running.splice(picks.next().value % Math.max(running.length, 1), 1)[0];
          if (!next) break;
          if (next.kind === "right") next.attempt.succeed();
          else if (next.kind === "wrong") next.attempt.fail();
          else next.attempt.withdraw();
          looked += next.kind === "wrong" ? 1 : 0;
          rights += next.kind === "right" ? 1 : 0;
        }
        // Nobody is left waiting.
        await ended;
        // Each right one may be followed by five wrong ones, as when they come one after the other.
        expect(looked).toBeLessThanOrEqual(5 * (rights + 1));
        if (kinds.filter((kind) => kind === "wrong").length < 5) expect(sentAway).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
});

test("a waiting attempt is let in as soon as the hold is over, though no other has ended", () => {
  const guard = new LoginGuard();
  for (let count = 0; count < 5; count++) begin(guard, "u", "a");
  expect(guard.begin("u", "a", 999)).toHaveProperty("otherEnds");
  expect(guard.begin("u", "a", 1000)).toHaveProperty("attempt");
});

test("an attempt that was withdrawn does not count, and only once", () => {
  const guard = new LoginGuard();
  fail(guard, "u", "a", 3);
  for (let count = 0; count < 100; count++) {
    const attempt = begin(guard, "u", "a");
    attempt.withdraw();
    attempt.withdraw();
  }
  fail(guard, "u", "a", 2);
  expect(waitSec(guard, "u", "a")).toBe(1);
});

test("an attempt that was withdrawn after a wait does not make it begin again", () => {
  const guard = new LoginGuard();
  const now = fail(guard, "u", "a", 8);
  expect(waitSec(guard, "u", "a", now)).toBe(8);
  begin(guard, "u", "a", now + 8000).withdraw();
  begin(guard, "u", "a", now + 8000).fail();
  expect(waitSec(guard, "u", "a", now + 8000)).toBe(16);
});

test("failures fade although others follow: who fails now and then is never held back", () => {
  const guard = new LoginGuard();
  for (let day = 0; day < 50; day++) begin(guard, "u", "a", day * 14 * 60_000).fail();
  expect(waitSec(guard, "u", "a", 50 * 14 * 60_000)).toBe(0);
  const now = fail(guard, "v", "b", 7);
  expect(waitSec(guard, "v", "b", now)).toBe(4);
  begin(guard, "v", "b", 2 * HOUR_MS).fail();
  expect(waitSec(guard, "v", "b", 2 * HOUR_MS)).toBe(0);
});

test("one address alone, however long it goes on, does not hold a person back at another", () => {
  const guard = new LoginGuard();
  let now = 0;
  for (let count = 0; count < 1000; count++) {
    now = fail(guard, "u", "attacker", 1, now);
    expect(waitSec(guard, "u", "home", now)).toBe(0);
  }
});

test("an address adds no more to a user name than the pair's allowance, however often it fails", () => {
  const guard = new LoginGuard();
  let now = 0;
  for (let round = 0; round < 12; round++) {
    for (let host = 0; host < 25; host++) now = fail(guard, "u", `10.0.0.${host}`, 1, now);
    expect(waitSec(guard, "u", "home", now)).toBe(0);
  }
});

test("many addresses together are held back from one user name", () => {
  const guard = new LoginGuard();
  for (let host = 0; host < 40; host++) fail(guard, "u", `10.0.0.${host}`, 5);
  expect(waitSec(guard, "u", "10.0.1.1")).toBe(1);
  expect(waitSec(guard, "other", "10.0.1.1")).toBe(0);
});

test("trying many names from one address is held back, whatever the names", () => {
  const guard = new LoginGuard();
  for (let name = 0; name < 50; name++) begin(guard, `u${name}`, "a").fail();
  expect(waitSec(guard, "fresh", "a")).toBe(1);
});

test("one address that never rests has a hundred guesses in its first hour and fifty in each one after", () => {
  const guard = new LoginGuard();
  const guesses: number[] = [];
  // Always another name, so that none holds it back besides the address.
  for (let now = 0; now < 5 * HOUR_MS; guesses.push(now)) now = fail(guard, `u${guesses.length}`, "a", 1, now);
  const perHour = [0, 1, 2, 3].map((hour) => guesses.filter((now) => Math.floor(now / HOUR_MS) === hour).length);
  expect(perHour[0]).toBeLessThan(115);
  for (const count of perHour.slice(1)) expect(count).toBeLessThan(60);
});

test("the addresses of one IPv6 /64 are one address", () => {
  const guard = new LoginGuard();
  for (let host = 0; host < 50; host++) begin(guard, `u${host}`, `2001:db8:1:2::${host.toString(16)}`).fail();
  expect(waitSec(guard, "fresh", "2001:db8:1:2:ffff::1")).toBe(1);
  expect(waitSec(guard, "fresh", "2001:db8:1:3::1")).toBe(0);
});

test("success clears the pair and takes its failures off the address, but not those of other names", () => {
  const guard = new LoginGuard();
  for (let round = 0; round < 30; round++) {
    fail(guard, "mine", "a", 3);
    begin(guard, "mine", "a").succeed();
  }
  expect(waitSec(guard, "mine", "a")).toBe(0);
  for (let name = 0; name < 49; name++) {
    begin(guard, `u${name}`, "a").fail();
    begin(guard, "mine", "a").succeed();
  }
  expect(waitSec(guard, "fresh", "a")).toBe(0);
  begin(guard, "u49", "a").fail();
  expect(waitSec(guard, "fresh", "a")).toBe(1);
});

test("what is kept of a user name does not grow with it", () => {
  const guard = new LoginGuard();
  const before = keptBytes();
  for (let name = 0; name < 2000; name++) {
    begin(guard, `${name}`.padStart(60_000, "x"), `10.0.${name >> 8}.${name & 255}`).fail();
  }
  expect(keptBytes() - before).toBeLessThan(20_000_000);
  expect(waitSec(guard, "u", "a")).toBe(0);
});

function keptBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}
