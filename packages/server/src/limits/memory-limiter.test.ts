import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Limits } from "@breakwater/domain/limits/index";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMemoryLimiter, createSteadyClock, type JournalProblem, type MemoryLimiter } from "./index.ts";

const WIDE: Limits = { maxConcurrent: 10_000, maxCalls: 10, windowSec: 60 };

let directory: string;
let path: string;
let nowMs: number;
let problems: JournalProblem[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "limits-"));
  path = join(directory, "data", "limits.journal");
  nowMs = 1_700_000_000_000;
  problems = [];
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function open(options: { rewriteBytes?: number; historyEntries?: number; historyMs?: number } = {}): MemoryLimiter {
  const { rewriteBytes = 1e9, ...bounds } = options;
  const journal = { path, rewriteBytes, onProblem: (problem: JournalProblem) => problems.push(problem) };
  return createMemoryLimiter({ clock: () => nowMs, journal, ...bounds });
}

/** Admits up to `count` calls and returns how many were. */
function callOften(limiter: MemoryLimiter, key: string, limits: Limits, count: number): number {
  let admitted = 0;
  for (let call = 0; call < count; call++) {
    const decision = limiter.decide(key, limits);
    if (decision.kind !== "admitted") continue;
    admitted++;
    limiter.release(decision.lease);
  }
  return admitted;
}

describe("a restart", () => {
  const step = fc.record({
    key: fc.constantFrom("1 GET /a", "1 GET /b", "2 GET /ü"),
    gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4000 })),
    restart: fc.constantFrom("none", "none", "none", "stop", "kill"),
  });
  const limitsChange = fc.record({
    maxConcurrent: fc.constant(1),
    maxCalls: fc.integer({ min: 0, max: 8 }),
    windowSec: fc.integer({ min: 1, max: 20 }),
  });
  const steps = fc.array(fc.tuple(step, fc.option(limitsChange, { freq: 4 })), { maxLength: 60, size: "max" });

  test("changes no decision, whenever it comes, after a stop as after a kill, with rewrites or without", () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(1, 200, 1e9), (sequence, rewriteBytes) => {
        rmSync(path, { force: true });
        const steady = createMemoryLimiter({ clock: () => nowMs, historyEntries: 8 });
        let restarted = open({ rewriteBytes, historyEntries: 8 });
        let limits: Limits = { maxConcurrent: 1, maxCalls: 3, windowSec: 5 };
        for (const [{ key, gapMs, restart }, change] of sequence) {
          nowMs += gapMs;
          limits = change ?? limits;
          if (restart === "stop") restarted.close();
          // A killed process closes nothing: its limiter is left as it stands.
          if (restart !== "none") restarted = open({ rewriteBytes, historyEntries: 8 });
          const [expected, actual] = [steady, restarted].map((limiter) => {
            const decision = limiter.decide(key, limits);
            if (decision.kind !== "admitted") return decision;
            expect(limiter.release(decision.lease)).toBe(true);
            const { lease: _, ...rest } = decision;
            return rest;
          });
          expect(actual).toEqual(expected);
        }
        restarted.close();
      }),
      { numRuns: 150 },
    );
    expect(problems).toEqual([]);
  });

  test("remembers how much to keep: a limit lowered after it and raised again finds all its calls", () => {
    const low: Limits = { ...WIDE, maxCalls: 1, windowSec: 1 };
    const limiter = open({ historyEntries: 2 });
    callOften(limiter, "k", low, 1);
    callOften(limiter, "k", WIDE, 9);
    const restarted = open({ historyEntries: 2 });
    nowMs += 2000;
    expect(callOften(restarted, "k", low, 5)).toBe(1);
    expect(callOften(restarted, "k", WIDE, 5)).toBe(0);
  });

  test("knows the calls made after a rewrite that left out forgotten counters", () => {
    const bounds = { rewriteBytes: 1, historyMs: 60_000 };
    const limiter = open(bounds);
    callOften(limiter, "forgotten", WIDE, 3);
    nowMs += 30_000;
    callOften(limiter, "kept", WIDE, 3);
    nowMs += 50_000;
    callOften(limiter, "kept", WIDE, 3);
    expect(callOften(open(bounds), "kept", WIDE, 20)).toBe(4);
  });

  test("frees the slots of the calls that died with the process", () => {
    const limits = { ...WIDE, maxConcurrent: 1 };
    open().decide("k", limits);
    expect(open().decide("k", limits)).toMatchObject({ kind: "admitted", remaining: 8 });
  });

  test("under a clock set back blocks no longer than the window and never admits more", () => {
    callOften(open(), "k", WIDE, 10);
    nowMs -= 3_600_000;
    const limiter = open();
    expect(limiter.decide("k", WIDE)).toMatchObject({ kind: "blockedByRate", toWaitSec: 60 });
    nowMs += 59_999;
    expect(limiter.decide("k", WIDE)).toMatchObject({ kind: "blockedByRate", toWaitSec: 1 });
    nowMs += 1;
    expect(callOften(limiter, "k", WIDE, 20)).toBe(10);
  });

  test("after kill -9 in the middle of a decision knows every call that was told to be admitted", async () => {
    const victim = fileURLToPath(new URL("./kill-victim.fixture.ts", import.meta.url));
    const child = spawn(process.execPath, [victim, path], { stdio: ["ignore", "pipe", "inherit"] });
    let told = 0;
    child.stdout.on("data", (dots: Buffer) => {
      told += dots.length;
      if (told >= 5000) child.kill("SIGKILL");
    });
    const [, signal] = await once(child, "close");
    expect(signal).toBe("SIGKILL");
    nowMs = 1_000_000;
    const decision = open().decide("k", { maxConcurrent: 1, maxCalls: 1_000_000, windowSec: 3600 });
    const known = 1_000_000 - decision.remaining - 1;
    // The one call decided but not yet told is known as well, or was never written: one more or none.
    expect(known - told).toBeGreaterThanOrEqual(0);
    expect(known - told).toBeLessThanOrEqual(1);
  });
});

describe("a damaged journal", () => {
  test("cut at any byte gives back the sound calls, never more than were made, and can be written on", () => {
    callOften(open(), "first", WIDE, 4);
    callOften(open(), "second", WIDE, 3);
    const whole = readFileSync(path);
    let seen = 0;
    for (let length = whole.length; length >= 0; length--) {
      writeFileSync(path, whole.subarray(0, length));
      const limiter = open();
      const used = 10 - callOften(limiter, "first", WIDE, 20) + (10 - callOften(limiter, "second", WIDE, 20));
      if (length === whole.length) expect(used).toBe(7);
      else expect(used).toBeLessThanOrEqual(seen);
      seen = used;
      expect(callOften(open(), "first", WIDE, 20)).toBe(0);
    }
    expect(seen).toBe(0);
    expect(problems.every((problem) => problem.code === "journal-damaged")).toBe(true);
    expect(problems.length).toBeGreaterThan(0);
  });

  test("with a changed byte in the last record loses that record only and says how many bytes", () => {
    callOften(open(), "k", WIDE, 5);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 0xff;
    writeFileSync(path, bytes);
    expect(callOften(open(), "k", WIDE, 20)).toBe(6);
    expect(problems).toEqual([{ code: "journal-damaged", path, discardedBytes: 21 }]);
  });

  test("with any bytes at all neither throws nor invents time", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        rmSync(path, { force: true });
        callOften(open(), "k", WIDE, 5);
        appendFileSync(path, noise);
        expect(callOften(open(), "k", WIDE, 20)).toBe(5);
      }),
      { numRuns: 100 },
    );
  });

  test("that is another file altogether is put aside, not overwritten", () => {
    open().close();
    writeFileSync(path, "somebody's notes");
    expect(callOften(open(), "k", WIDE, 20)).toBe(10);
    expect(readFileSync(`${path}.damaged`, "utf8")).toBe("somebody's notes");
    expect(problems).toEqual([{ code: "journal-damaged", path, discardedBytes: 16 }]);
  });
});

describe("the journal file", () => {
  test("stays within its bound however many calls pass, and is readable by its owner only", () => {
    const limiter = open({ rewriteBytes: 10_000, historyEntries: 10 });
    for (let round = 0; round < 2000; round++) {
      nowMs += 60_000;
      callOften(limiter, "k", WIDE, 10);
      expect(statSync(path).size).toBeLessThan(11_000);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("that cannot be written is reported, decisions go on, and all is caught up once it can be again", () => {
    const limiter = open({ rewriteBytes: 1 });
    callOften(limiter, "k", WIDE, 1);
    // A directory where the next file is to be written makes every rewrite fail, for root as well.
    rmSync(path);
    mkdirSync(`${path}.next`);
    expect(callOften(limiter, "k", WIDE, 4)).toBe(4);
    expect(problems.map(({ code }) => code)).toEqual(["journal-not-written"]);
    expect(limiter.measure().isKept).toBe(false);
    rmdirSync(`${path}.next`);
    nowMs += 5000;
    expect(callOften(limiter, "k", WIDE, 1)).toBe(1);
    expect(limiter.measure().isKept).toBe(true);
    expect(callOften(open(), "k", WIDE, 20)).toBe(4);
  });

  test("that cannot be opened at the start is an error: counters never start at zero unnoticed", () => {
    open().close();
    rmSync(path);
    writeFileSync(join(directory, "file"), "");
    path = join(directory, "file", "limits.journal");
    expect(() => open()).toThrow();
  });
});

test("a steady clock does not follow steps of the wall clock", () => {
  let wallMs = 5000;
  let elapsedMs = 100;
  const clock = createSteadyClock(
    () => wallMs,
    () => elapsedMs,
  );
  expect(clock()).toBe(5000);
  wallMs -= 3000;
  elapsedMs += 250;
  expect(clock()).toBe(5250);
});
