import { createWriteStream } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { CommandFailure } from "../../failure.ts";

/**
 * Hands all files of a folder to `work` as one zip file, kept on disk meanwhile: a mirror of advisories has thousands,
 * and each would be an import of its own. Hidden ones, such as those of a repository's `.git`, are left out.
 *
 * @throws CommandFailure for a folder without files
 */
export async function withZippedFolder<T>(folder: string, work: (path: string) => Promise<T>): Promise<T> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const isHidden = (path: string) =>
    relative(folder, path)
      .split(sep)
      .some((name) => name.startsWith("."));
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !isHidden(path));
  if (files.length === 0) throw new CommandFailure(`there are no files in ${folder}`);
  const scratch = await mkdtemp(join(tmpdir(), "breakwater-feed-"));
  try {
    const target = join(scratch, `${basename(resolve(folder)) || "folder"}.zip`);
    const zip = new ZipFile();
    for (const file of files.sort()) zip.addFile(file, relative(folder, file));
    zip.end();
    await pipeline(zip.outputStream, createWriteStream(target));
    return await work(target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
