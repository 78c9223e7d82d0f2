import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { JobKey } from "../../jobs/index.ts";

/** Where the parts of reports lie: `<dataDir>/reports/<subscription>/<id>/<part>.deflate`, raw deflate data each. */
export type ReportFiles = {
  partPath(key: JobKey, name: string): string;
  /** An empty directory for the report, whatever an earlier run left. */
  prepare(key: JobKey): Promise<void>;
  /** Removes the report's files; none is fine too. */
  remove(key: JobKey): Promise<void>;
  /** Whether the part is there with that many bytes on disk. */
  hasPart(key: JobKey, part: { name: string; deflatedBytes: number }): Promise<boolean>;
};

export function createReportFiles(dataDir: string): ReportFiles {
  const directory = (key: JobKey) => join(dataDir, "reports", String(key.subscriptionId), key.id);
  const partPath = (key: JobKey, name: string) => join(directory(key), `${name}.deflate`);
  const remove = (key: JobKey) => rm(directory(key), { recursive: true, force: true });
  return {
    partPath,
    remove,
    prepare: async (key) => {
      await remove(key);
      await mkdir(directory(key), { recursive: true, mode: 0o700 });
    },
    hasPart: async (key, part) => {
      const found = await stat(partPath(key, part.name)).catch(() => undefined);
      return found?.size === part.deflatedBytes;
    },
  };
}
