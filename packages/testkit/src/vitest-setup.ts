import type { TestProject } from "vitest/node";
import { startTestServer, type TestServer } from "./database.ts";

// Every project of the run has its own set-up, and each may load this file anew: the server is kept on the process.
type Shared = { server: Promise<TestServer>; users: number };
const key = Symbol.for("breakwater.testServer");
const holder = globalThis as { [key]?: Shared | undefined };

/** Starts the PostgreSQL of the test run for the first project that asks, and stops it after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  holder[key] ??= { server: startTestServer(), users: 0 };
  const shared = holder[key];
  shared.users += 1;
  const { address } = await shared.server;
  project.provide("breakwaterTestServer", address);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    holder[key] = undefined;
    await (await shared.server).stop();
  };
}
