import { expect, test } from "vitest";
import { ApiError } from "./api-error.ts";
import { createAllowance, delay, orAborted } from "./waiting.ts";

function refusal(headers: Record<string, string>, status = 429): ApiError {
  return new ApiError(status, "", new Headers(headers));
}

test("all waits of a call together stay within its patience", () => {
  const next = createAllowance({ maxSec: 10 });
  expect(next(refusal({ "retry-after": "4" }))).toBe(4000);
  expect(next(refusal({ "retry-after": "7" }))).toBeUndefined();
  expect(next(refusal({ "retry-after": "6" }))).toBe(6000);
  expect(next(refusal({ "retry-after": "1" }))).toBeUndefined();
});

test("the documented header counts where Retry-After is missing; a server that says nothing or 0 is not hammered", () => {
  const next = createAllowance(true);
  expect(next(refusal({ "x-ratelimit-towait-sec": "2050" }))).toBe(2_050_000);
  expect(next(refusal({}))).toBe(5000);
  expect(next(refusal({ "retry-after": "Fri, 31 Dec 1999 23:59:59 GMT" }))).toBe(5000);
  expect(next(refusal({ "retry-after": "0" }))).toBe(1000);
});

test("nothing else than a limit is waited for, and nothing at all without patience", () => {
  expect(createAllowance(true)(refusal({ "retry-after": "1" }, 503))).toBeUndefined();
  expect(createAllowance(false)(refusal({ "retry-after": "1" }))).toBeUndefined();
});

test("an aborted wait ends with the signal's reason and leaves the others' promise alone", async () => {
  const stopped = AbortSignal.abort(new Error("stopped"));
  const controller = new AbortController();
  const waiting = delay(60_000, controller.signal);
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  const shared = Promise.resolve("token");
  await expect(orAborted(shared, stopped)).rejects.toThrow("stopped");
  expect(await orAborted(shared, new AbortController().signal)).toBe("token");
});
