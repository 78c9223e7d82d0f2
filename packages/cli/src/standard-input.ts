import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { UsageError } from "./failure.ts";

/**
 * Hands the paths to `work`, with a file called `stdin` for `-`: what standard input gives, kept on disk meanwhile, so that
 * its upload can be sent again.
 *
 * @throws UsageError when standard input is a terminal, or is asked for twice
 */
export async function withStandardInput<T>(
  paths: readonly string[],
  work: (paths: readonly string[]) => Promise<T>,
): Promise<T> {
  const asked = paths.filter((path) => path === "-").length;
  if (asked === 0) return work(paths);
  if (asked > 1) throw new UsageError("standard input can be read once: give - once");
  if (process.stdin.isTTY) throw new UsageError("standard input is a terminal: give a file, or pipe one in");
  const folder = await mkdtemp(join(tmpdir(), "breakwater-stdin-"));
  try {
    const file = join(folder, "stdin");
    await pipeline(process.stdin, createWriteStream(file));
    return await work(paths.map((path) => (path === "-" ? file : path)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
