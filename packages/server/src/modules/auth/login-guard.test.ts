import { expect, test } from "vitest";
import { LoginGuard } from "./login-guard.ts";

const fail = (guard: LoginGuard, username: string, address: string, times: number, now = 0) => {
  for (let count = 0; count < times; count++) guard.recordFailure(username, address, now);
};

test("five failures are free, then the wait doubles", () => {
  const guard = new LoginGuard();
  fail(guard, "u", "a", 4);
  expect(guard.waitSec("u", "a", 0)).toBe(0);
  fail(guard, "u", "a", 1);
  expect(guard.waitSec("u", "a", 0)).toBe(1);
  fail(guard, "u", "a", 3);
  expect(guard.waitSec("u", "a", 0)).toBe(8);
  expect(guard.waitSec("U", "a", 0)).toBe(8);
});

test("a wait ends, a quarter of an hour without failures forgets, and no wait is longer", () => {
  const guard = new LoginGuard();
  fail(guard, "u", "a", 40);
  expect(guard.waitSec("u", "a", 0)).toBe(900);
  expect(guard.waitSec("u", "a", 900_000)).toBe(0);
  guard.recordFailure("u", "a", 900_001);
  expect(guard.waitSec("u", "a", 900_001)).toBe(0);
});

test("an attacker's failures do not hold the person back at another address", () => {
  const guard = new LoginGuard();
  fail(guard, "u", "attacker", 30);
  expect(guard.waitSec("u", "home", 0)).toBe(0);
});

test("trying many names from one address is held back, whatever the names", () => {
  const guard = new LoginGuard();
  for (let name = 0; name < 50; name++) guard.recordFailure(`u${name}`, "a", 0);
  expect(guard.waitSec("fresh", "a", 0)).toBeGreaterThan(0);
});

test("success clears the pair", () => {
  const guard = new LoginGuard();
  fail(guard, "u", "a", 6);
  guard.recordSuccess("u", "a");
  expect(guard.waitSec("u", "a", 0)).toBe(0);
});
