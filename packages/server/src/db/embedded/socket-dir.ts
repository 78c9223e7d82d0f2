import { realpathSync } from "node:fs";
import { chown, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { DatabaseSetupError } from "../setup-error.ts";
import { nameForServer } from "./cluster.ts";
import { isReachable, type RunAs } from "./run-as.ts";

/** Only part of the socket's file name: the server listens on no network. */
export const port = 5432;

export type SocketDir = {
  /** Where clients connect. */
  dir: string;
  /** The same directory as the server is told it. */
  nameForServer: string;
  /** Call when the server runs on it: removes the one of an earlier run that could not. */
  settle(): Promise<void>;
  remove(): Promise<void>;
};

// sun_path holds 108 bytes with its terminator, on macOS 104.
const maxSocketPathBytes = 103;
const prefix = "breakwater-pg-";
const noteName = "breakwater.socket-dir";

/**
 * Chooses where the socket lives: the data directory, which is 0700 already, or a private temporary directory when the
 * path would be too long for a socket. The latter is noted in the data directory, so that a start after kill -9 removes it.
 */
export async function chooseSocketDir(dataDir: string, runAs: RunAs | undefined): Promise<SocketDir> {
  const note = join(dataDir, noteName);
  if (fitsSocket(dataDir))
    return {
      dir: dataDir,
      nameForServer: nameForServer(dataDir, runAs),
      settle: () => removeNoted(note),
      remove: async () => {},
    };
  const parent = [tmpdir(), "/tmp"].find((dir) => fitsSocket(join(dir, `${prefix}XXXXXX`)) && isReachable(dir, runAs));
  if (!parent)
    throw new DatabaseSetupError(
      "data_dir_unusable",
      `${dataDir} is too long for a Unix socket, and no temporary directory is usable instead.`,
    );
  const dir = await mkdtemp(join(realpathSync(parent), prefix));
  if (runAs) await chown(dir, runAs.uid, runAs.gid);
  return {
    dir,
    nameForServer: dir,
    // Not earlier: until the server runs, the noted directory may be that of another start that wins.
    settle: async () => {
      await removeNoted(note);
      await writeFile(note, dir, { mode: 0o600 });
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

async function removeNoted(note: string): Promise<void> {
  const dir = await readFile(note, "utf8").catch(() => "");
  if (basename(dir).startsWith(prefix)) await rm(dir, { recursive: true, force: true });
  await rm(note, { force: true });
}

function fitsSocket(dir: string): boolean {
  return Buffer.byteLength(join(dir, `.s.PGSQL.${port}`)) <= maxSocketPathBytes;
}
