import { expect, test } from "vitest";
import { AccountWorld } from "./accounts.fixture.ts";
import { PrincipalDirectory } from "./principal-directory.ts";

const world = new AccountWorld();

test("what is read while its subscription is forgotten is not remembered, and the next call reads anew", async () => {
  const account = { kind: "user", id: await world.addUser("remembered") } as const;
  const directory = new PrincipalDirectory(world.db, world.clock);
  const before = directory.find(1, account);
  expect(directory.find(1, account)).toBe(before);
  directory.forget(1);
  await before;
  expect(directory.peek(1, account)).toBeUndefined();
  expect(directory.find(1, account)).not.toBe(before);
});

test("a forgotten subscription's principals are read anew, those of others stay", async () => {
  const account = { kind: "user", id: await world.addUser("kept") } as const;
  const directory = new PrincipalDirectory(world.db, world.clock);
  const principal = await directory.find(1, account);
  expect(principal).toBeDefined();
  directory.forget(11);
  expect(directory.peek(1, account)).toBe(principal);
  directory.forget(1);
  expect(directory.peek(1, account)).toBeUndefined();
});
