import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("./testing/stop-victim.fixture.ts", import.meta.url));
let child: ChildProcess | undefined;
afterEach(() => child?.kill("SIGKILL"));

async function startVictim() {
  const victim = spawn(process.execPath, [SCRIPT], { stdio: ["ignore", "pipe", "inherit"] });
  child = victim;
  const lines = createInterface({ input: victim.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe("listening");
  return { victim, lines, exited: once(victim, "exit") };
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("the first signal asks for a stop, a later %s ends at once with %i", async (signal, code) => {
  const { victim, lines, exited } = await startVictim();
  victim.kill(signal);
  expect((await lines.next()).value).toBe("asked to stop");
  let hasEnded = false;
  const ending = exited.then(([actual]) => {
    hasEnded = true;
    return actual;
  });
  while (!hasEnded) {
    victim.kill(signal);
    await delay(100);
  }
  expect(await ending).toBe(code);
});

test("the same wish, arriving several times from a process group, ends nothing early", async () => {
  const { victim, lines, exited } = await startVictim();
  for (const signal of ["SIGINT", "SIGINT", "SIGTERM"] as const) victim.kill(signal);
  expect((await lines.next()).value).toBe("asked to stop");
  expect(await Promise.race([exited, delay(300, "still there")])).toBe("still there");
});
