import { expect, test } from "vitest";
import { DEFAULT_SERVICE_LEVEL, type Limits, limitsFor, limitsProblems, SERVICE_LEVELS } from "./index.ts";

const API = "GET /ot/1.0/host/list";

test.each([
  ["Express", 1, 50, 86_400],
  ["Standard", 2, 300, 3600],
  ["Enterprise", 5, 750, 3600],
  ["Premium", 10, 2000, 3600],
] as const)("%s is %i concurrent calls and %i per %i seconds", (level, maxConcurrent, maxCalls, windowSec) => {
  expect(limitsFor({ level }, API)).toEqual({ maxConcurrent, maxCalls, windowSec });
  expect(limitsProblems(SERVICE_LEVELS[level])).toEqual([]);
});

test("the default level is Standard", () => {
  expect(limitsFor({ level: DEFAULT_SERVICE_LEVEL }, API)).toBe(SERVICE_LEVELS.Standard);
});

test("an exception for one API goes before the level and before custom numbers, and touches no other API", () => {
  const custom: Limits = { maxConcurrent: 7, maxCalls: 70, windowSec: 7 };
  const exception: Limits = { maxConcurrent: 1, maxCalls: 1, windowSec: 1 };
  const perApi = new Map([[API, exception]]);
  expect(limitsFor({ level: "Custom", custom, perApi }, API)).toBe(exception);
  expect(limitsFor({ level: "Custom", custom, perApi }, "GET /ot/v1/host/list")).toBe(custom);
  expect(limitsFor({ level: "Premium", perApi }, API)).toBe(exception);
});

test("numbers that are negative, broken, too large or no numbers are refused by name", () => {
  const limits = { maxConcurrent: -1, maxCalls: Number.NaN, windowSec: 0.5 };
  expect(limitsProblems(limits).map((problem) => problem.split(" ")[0])).toEqual([
    "maxConcurrent",
    "maxCalls",
    "windowSec",
  ]);
  expect(limitsProblems({ maxConcurrent: 0, maxCalls: 0, windowSec: 1 })).toEqual([]);
  expect(limitsProblems({ maxConcurrent: 1, maxCalls: 1e12, windowSec: 1 })).toHaveLength(1);
});
