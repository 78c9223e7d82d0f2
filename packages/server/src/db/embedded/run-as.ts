import { accessSync, constants, existsSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSetupError } from "../setup-error.ts";

/** The account that PostgreSQL runs under when Breakwater itself runs as root. */
export type RunAs = { uid: number; gid: number };

// `nobody` first: the account `postgres` may own a system cluster, which a private server has no business to reach.
const candidates = ["nobody", "postgres", "_postgres"];

/**
 * Chooses the account for a server on `clusterOwner`'s files. Undefined means "the account we run under".
 * PostgreSQL refuses uid 0, and initdb wants a passwd entry, so root borrows an existing unprivileged account.
 */
export function chooseRunAs(clusterOwner: RunAs | undefined, passwdFile = "/etc/passwd"): RunAs | undefined {
  const ownUid = process.getuid?.();
  if (ownUid !== 0) {
    if (clusterOwner && ownUid !== undefined && clusterOwner.uid !== ownUid)
      throw new DatabaseSetupError(
        "data_dir_unusable",
        `The database files belong to user id ${clusterOwner.uid} and Breakwater runs as ${ownUid}: start it as that user, or choose another data directory.`,
      );
    return undefined;
  }
  if (clusterOwner?.uid === 0)
    throw new DatabaseSetupError(
      "data_dir_unusable",
      "The database files belong to root, and PostgreSQL does not run as root: give them to an unprivileged user with chown -R.",
    );
  return clusterOwner ?? findAccount(readFileSync(passwdFile, "utf8"));
}

function findAccount(passwd: string): RunAs {
  const accounts = new Map(passwd.split("\n").map((line) => [line.split(":")[0], line.split(":")] as const));
  for (const name of candidates) {
    const fields = accounts.get(name);
    const uid = Number(fields?.[2]);
    const gid = Number(fields?.[3]);
    if (fields && uid > 0 && gid > 0) return { uid, gid };
  }
  throw new DatabaseSetupError(
    "data_dir_unusable",
    `PostgreSQL does not run as root, and none of the accounts ${candidates.join(", ")} exists: start Breakwater as another user, or set DATABASE_URL.`,
  );
}

/** Whether the account can read `path` and search every directory above it (mode bits; supplementary groups are dropped). */
export function isReachable(path: string, runAs: RunAs | undefined): boolean {
  return runAs ? isPermitted(path, 0o5, runAs) : canAccessOurselves(path);
}

/** Whether the account can pass through the directory and all above it. */
export function isSearchable(dir: string, runAs: RunAs): boolean {
  return isPermitted(dir, 0o1, runAs);
}

function isPermitted(path: string, needAtEnd: number, runAs: RunAs): boolean {
  if (!existsSync(path)) return false;
  for (let at = realpathSync(path), need = needAtEnd; ; at = dirname(at), need = 0o1) {
    const stats = statSync(at, { throwIfNoEntry: false });
    if (!stats || (permissionsFor(stats, runAs) & need) !== need) return false;
    if (at === dirname(at)) return true;
  }
}

function permissionsFor(stats: Stats, runAs: RunAs): number {
  if (stats.uid === runAs.uid) return (stats.mode >> 6) & 0o7;
  return stats.gid === runAs.gid ? (stats.mode >> 3) & 0o7 : stats.mode & 0o7;
}

function canAccessOurselves(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
