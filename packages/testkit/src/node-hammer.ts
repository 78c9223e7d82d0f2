import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { HammerOrder, HammerReport } from "@breakwater/server/limits/node-hammer.fixture";

/** Runs nodes of the shared limiter in processes of their own, which all begin once all are ready. */
export async function hammer(order: HammerOrder, nodes: number): Promise<HammerReport[]> {
  const program = fileURLToPath(import.meta.resolve("@breakwater/server/limits/node-hammer.fixture"));
  const children = Array.from({ length: nodes }, () => {
    const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ["pipe", "pipe", "inherit"] });
    return {
      child,
      lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
      exited: once(child, "exit"),
    };
  });
  for (const { lines } of children) await lines.next();
  for (const { child } of children) child.stdin.write("go\n");
  const reports = await Promise.all(
    children.map(async ({ lines }) => JSON.parse((await lines.next()).value as string) as HammerReport),
  );
  await Promise.all(children.map(({ exited }) => exited));
  return reports;
}
