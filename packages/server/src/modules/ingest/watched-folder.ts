import { constants } from "node:fs";
import { type FileHandle, lstat, open, readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

/** A regular file of a watched folder; its stamp changes with its size and the time of its last change. */
export type FolderFile = { name: string; stamp: string; modifiedMs: number };

/** The folder cannot be used; the message is for whoever set it up. */
export class FolderFault extends Error {
  override name = "FolderFault";
}

/** One of its files cannot be read, though it is there; the others can. */
export class FileFault extends Error {
  override name = "FileFault";
}

const MAX_FILES = 20_000;
/** What opening tells of what is there no more, or has become a link. */
const GONE = ["ENOENT", "ENOTDIR", "ELOOP"];
/** What is hidden, or has a name that programs give to what they are still writing. */
const UNFINISHED = /^[.~]|\.(part|partial|tmp|temp|crdownload|filepart)$/i;
/** Neither follows a link at the end of the path nor waits for who writes into a pipe. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What is wrong with the path of a folder, to follow its name in a sentence; undefined: nothing. */
export function describeFolderFault(folder: string): string | undefined {
  const isPlain = folder.split("/").every((part) => /^[^\p{C}\\]+$/u.test(part) && part !== "." && part !== "..");
  return isPlain ? undefined : "must be a relative path of plain names, such as plant-north/scans";
}

/**
 * The absolute path of a subscription's folder, in which no step is a link: `<importDir>/<subscription>/<folder>`. The
 * directory that the operator set may be reached by links of their own.
 *
 * @throws FolderFault
 */
export async function findFolder(importDir: string, subscriptionId: number, folder: string): Promise<string> {
  let path = await realpath(importDir).catch(() => {
    throw new FolderFault("the directory of BREAKWATER_IMPORT_DIR cannot be read");
  });
  for (const part of [String(subscriptionId), ...folder.split("/")]) {
    path = join(path, part);
    const found = await lstat(path).catch(() => undefined);
    if (!found?.isDirectory()) throw new FolderFault(`there is no directory ${subscriptionId}/${folder}`);
  }
  return path;
}

/**
 * Its finished files, oldest first; links, directories and what else is no file are left alone.
 *
 * @throws FolderFault
 */
export async function listFiles(path: string): Promise<FolderFile[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => {
    throw new FolderFault("the folder cannot be read");
  });
  const names = entries.filter((entry) => entry.isFile() && !UNFINISHED.test(entry.name)).map(({ name }) => name);
  if (names.length > MAX_FILES) {
    throw new FolderFault(`the folder holds more than ${MAX_FILES} files: move those away that have been imported`);
  }
  const files: FolderFile[] = [];
  for (const name of names) {
    const found = await lstat(join(path, name), { bigint: true }).catch(() => undefined);
    if (found?.isFile()) files.push({ name, stamp: stampOf(found), modifiedMs: Number(found.mtimeMs) });
  }
  return files.sort((a, b) => a.modifiedMs - b.modifiedMs || (a.name < b.name ? -1 : 1));
}

/**
 * Opens the file if it is as it was seen, and lies where it was; undefined otherwise.
 *
 * @throws FileFault
 */
export async function openFile(path: string, { name, stamp }: FolderFile): Promise<FileHandle | undefined> {
  const file = join(path, name);
  const handle = await open(file, OPEN_FLAGS).catch((error) => {
    if (GONE.includes(error.code)) return undefined;
    throw toFault(error);
  });
  if (!handle) return undefined;
  const isAsSeen = await isStill(handle, stamp)
    .then((isSame) => isSame && isThere(handle, file))
    .catch(async (error) => {
      await handle.close();
      throw toFault(error);
    });
  if (isAsSeen) return handle;
  await handle.close();
  return undefined;
}

/** A directory above may have become a link meanwhile. */
async function isThere(handle: FileHandle, file: string): Promise<boolean> {
  const opened = await handle.stat({ bigint: true });
  const [real, there] = await Promise.all([realpath(file), stat(file, { bigint: true })]).catch(() => []);
  return real === file && there?.ino === opened.ino && there.dev === opened.dev;
}

/**
 * Whether it has not changed since.
 *
 * @throws FileFault
 */
export async function isStill(handle: FileHandle, stamp: string): Promise<boolean> {
  const found = await handle.stat({ bigint: true }).catch((error) => {
    throw toFault(error);
  });
  return found.isFile() && stampOf(found) === stamp;
}

/**
 * Its bytes in order; the handle stays open.
 *
 * @throws FileFault
 */
export async function* readBytes(handle: FileHandle): AsyncGenerator<Uint8Array> {
  try {
    yield* handle.createReadStream({ autoClose: false });
  } catch (error) {
    throw toFault(error);
  }
}

function toFault(error: unknown): FileFault {
  if (error instanceof FileFault) return error;
  const { code = "unknown" } = error as { code?: string };
  return new FileFault(`cannot be read (${code})`, { cause: error });
}

function stampOf({ size, mtimeNs }: { size: bigint; mtimeNs: bigint }): string {
  return `${size}/${mtimeNs}`;
}
