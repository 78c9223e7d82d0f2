import { constants, existsSync } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Check } from "./check.ts";

const GIB = 1024 ** 3;
/** Below this an import of ordinary size may not fit. */
const LITTLE_BYTES = 5 * GIB;
/** Below this PostgreSQL itself may stop. */
const TOO_LITTLE_BYTES = GIB;

export const DATA_DIRECTORY: Check = {
  name: "data directory",
  async look({ dataDir }) {
    const exists = existsSync(dataDir);
    const place = exists ? dataDir : findExisting(dirname(dataDir));
    const todo = "give it to the account that runs the server, or name another with --data-dir";
    if (!(await stat(place)).isDirectory()) return { status: "failed", found: `${place} is no directory`, todo };
    try {
      await access(place, constants.W_OK | constants.X_OK);
    } catch {
      return { status: "failed", found: `${place} is not writable`, todo };
    }
    return { status: "ok", found: exists ? `${dataDir} is writable` : `${dataDir} is not there yet and can be made` };
  },
};

export const FREE_SPACE: Check = {
  name: "free space",
  async look({ dataDir }) {
    const place = findExisting(dataDir);
    const { bavail, bsize } = await statfs(place);
    const bytes = bavail * bsize;
    const found = `${(bytes / GIB).toFixed(1)} GiB free at ${place}`;
    const todo = "make room, or name a data directory on a larger disk with --data-dir";
    if (bytes < TOO_LITTLE_BYTES) return { status: "failed", found, todo };
    return bytes < LITTLE_BYTES ? { status: "warning", found, todo } : { status: "ok", found };
  },
};

/** The directory itself, or the nearest above it that is there. */
function findExisting(dir: string): string {
  return existsSync(dir) || dir === dirname(dir) ? dir : findExisting(dirname(dir));
}
