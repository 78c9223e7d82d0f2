import { createHash } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@breakwater/contract";
import { takeChunk } from "./chunk-pool.ts";

export type StoredUpload = { bytes: number; sha256: string };

/** Uploads wait in `<dataDir>/uploads/<job id>` until their job has ended. */
export type UploadFiles = {
  /**
   * Writes an upload so that it is there completely, and after a crash still, or not at all.
   *
   * @throws AppError body-too-large, malformed-body (empty)
   */
  store(jobId: string, bytes: AsyncIterable<Uint8Array>): Promise<StoredUpload>;
  /** The bytes in order, in memory of the pool of chunks; `onRead` is told how many of them have been read. */
  read(jobId: string, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array>;
  has(jobId: string): Promise<boolean>;
  /** None is fine too. */
  remove(jobId: string): Promise<void>;
  /** Removes what no job waits for, left by a process that was killed between storing a file and its row. */
  removeOrphans(isWanted: (jobId: string) => boolean, olderThan: number): Promise<void>;
};

export function createUploadFiles(dataDir: string, maxBytes: number): UploadFiles {
  const dir = join(dataDir, "uploads");
  const path = (jobId: string) => join(dir, jobId);
  return {
    store: async (jobId, bytes) => {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const partPath = `${path(jobId)}.part`;
      try {
        const stored = await writeDurably(partPath, bytes, maxBytes);
        await rename(partPath, path(jobId));
        await syncDir(dir);
        return stored;
      } catch (error) {
        await rm(partPath, { force: true });
        throw error;
      }
    },
    read: (jobId, onRead) => readCounted(path(jobId), onRead),
    has: (jobId) =>
      stat(path(jobId)).then(
        () => true,
        () => false,
      ),
    remove: (jobId) => rm(path(jobId), { force: true }),
    removeOrphans: async (isWanted, olderThan) => {
      for (const name of await readdir(dir).catch(() => [])) {
        if (isWanted(name)) continue;
        const info = await stat(path(name)).catch(() => undefined);
        if (info && info.mtimeMs < olderThan) await rm(path(name), { force: true });
      }
    },
  };
}

async function writeDurably(path: string, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<StoredUpload> {
  const file = await open(path, "wx", 0o600);
  try {
    const digest = createHash("sha256");
    let written = 0;
    for await (const chunk of bytes) {
      written += chunk.length;
      if (written > maxBytes) {
        throw new AppError(
          "body-too-large",
          `the file is larger than ${maxBytes} bytes (BREAKWATER_MAX_UPLOAD_BYTES); compress or split it, or raise the limit`,
        );
      }
      digest.update(chunk);
      await file.writev([chunk]);
    }
    if (written === 0) throw new AppError("malformed-body", "the body is empty: send the file to import");
    await file.sync();
    return { bytes: written, sha256: digest.digest("hex") };
  } finally {
    await file.close();
  }
}

/** The rename is durable once the directory is. */
async function syncDir(dir: string): Promise<void> {
  const handle = await open(dir, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* readCounted(path: string, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    for (let read = 0; ; ) {
      const chunk = takeChunk();
      const { bytesRead } = await file.read(chunk);
      if (bytesRead === 0) return;
      read += bytesRead;
      onRead(read);
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
