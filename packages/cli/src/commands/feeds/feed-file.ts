import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { CommandFailure } from "../../failure.ts";

/**
 * Hands the file of a feed to `work`: the path itself, or what a URL answers, kept on disk meanwhile. The server never
 * fetches anything.
 *
 * @throws CommandFailure when a URL does not answer with a file
 */
export async function withFeedFile<T>(source: string, work: (path: string) => Promise<T>): Promise<T> {
  if (!/^https?:\/\//i.test(source)) return work(source);
  const folder = await mkdtemp(join(tmpdir(), "breakwater-feed-"));
  try {
    const path = join(folder, basename(new URL(source).pathname) || "feed");
    await download(source, path);
    return await work(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function download(url: string, path: string): Promise<void> {
  const answer = await fetch(url).catch((error: Error) => {
    throw new CommandFailure(
      `${url} cannot be fetched: ${(error.cause as Error | undefined)?.message ?? error.message}`,
    );
  });
  if (!answer.ok || !answer.body) throw new CommandFailure(`${url} answered ${answer.status} ${answer.statusText}`);
  await pipeline(Readable.fromWeb(answer.body as ReadableStream), createWriteStream(path));
}
