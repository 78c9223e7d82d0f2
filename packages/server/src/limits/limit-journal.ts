import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { CallHistory } from "@breakwater/domain/limits/index";
import { callsFrame, counterFrame, createCallFrameWriter, JOURNAL_MAGIC, parseJournal } from "./journal-format.ts";

/** Something the operator should hear of. Decisions go on, from memory, after each of these. */
export type JournalProblem =
  /** The file ended in bytes that are no sound record; they were left out. */
  | { readonly code: "journal-damaged"; readonly path: string; readonly discardedBytes: number }
  /** A write failed; until one succeeds again, a restart would forget the calls since. */
  | { readonly code: "journal-not-written"; readonly path: string; readonly cause: unknown };

export type LimitJournalOptions = {
  /** The file, e.g. `limits.journal` in the data directory. One process only may have it open. */
  readonly path: string;
  readonly onProblem?: (problem: JournalProblem) => void;
  /** The file is rewritten when it has grown by this much, and by twice what is live. Default 32 MiB. */
  readonly rewriteBytes?: number;
};

type WrittenCounter = { readonly id: number; keepEntries: number; keepMs: number };

const DEFAULT_REWRITE_BYTES = 32 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const RETRY_MS = 5000;

/**
 * The admitted calls on disk, so that a restart and a `kill -9` forget none of them.
 *
 * Each admission is handed to the kernel before the caller is told of it. A batch written later would cost less, but a
 * kill would lose its calls and admit them again; reserving calls ahead would block longer than needed after a kill.
 * The write of 21 bytes into the page cache takes under a microsecond, and only admitted calls pay it, which are few
 * by the nature of the limits. Once in more than a million admissions the file is rewritten within a decision, which
 * takes a tenth of a second when three million calls are live.
 *
 * The page cache outlives the process, not the machine: a power loss may forget the last seconds before it.
 */
export class LimitJournal {
  readonly #path: string;
  readonly #onProblem: (problem: JournalProblem) => void;
  readonly #rewriteBytes: number;
  readonly #histories: () => Iterable<CallHistory>;
  readonly #callFrame = createCallFrameWriter();
  #written = new Map<string, WrittenCounter>();
  #file: number | undefined;
  #grownBytes = 0;
  #liveBytes = 0;
  #retryAtMs = Number.NEGATIVE_INFINITY;

  /**
   * Opens the journal by rewriting it, so that what comes after stands behind sound records.
   *
   * @param histories what the limiter remembers now, that is, after it took back {@link readJournal}
   * @throws the system's error when the file cannot be written
   */
  constructor(options: LimitJournalOptions, histories: () => Iterable<CallHistory>) {
    this.#path = options.path;
    this.#onProblem = options.onProblem ?? (() => undefined);
    this.#rewriteBytes = options.rewriteBytes ?? DEFAULT_REWRITE_BYTES;
    this.#histories = histories;
    mkdirSync(dirname(this.#path), { recursive: true });
    this.#rewrite();
    fsyncSync(this.#file as number);
  }

  /** False while writes fail. */
  get isWriting(): boolean {
    return this.#file !== undefined;
  }

  /** Records one admission, which {@link histories} must already know. Never throws: problems are reported. */
  append(key: string, atMs: number, keepEntries: number, keepMs: number): void {
    const isFailing = this.#file === undefined;
    if (isFailing && atMs < this.#retryAtMs) return;
    try {
      if (isFailing || this.#grownBytes > Math.max(this.#rewriteBytes, 2 * this.#liveBytes)) this.#rewrite();
      else this.#write(this.#callFrame(this.#counterId(key, keepEntries, keepMs), atMs));
    } catch (cause) {
      this.#giveUpUntil(atMs + RETRY_MS);
      this.#onProblem({ code: "journal-not-written", path: this.#path, cause });
    }
  }

  /** Makes the file safe against power loss as well and closes it. */
  close(): void {
    if (this.#file === undefined) return;
    fsyncSync(this.#file);
    closeSync(this.#file);
    this.#file = undefined;
    this.#retryAtMs = Number.POSITIVE_INFINITY;
  }

  #counterId(key: string, keepEntries: number, keepMs: number): number {
    const known = this.#written.get(key);
    if (known !== undefined && known.keepEntries >= keepEntries && known.keepMs >= keepMs) return known.id;
    const id = known?.id ?? this.#written.size;
    this.#write(counterFrame(id, keepEntries, keepMs, key));
    this.#written.set(key, { id, keepEntries, keepMs });
    return id;
  }

  #write(bytes: Buffer): void {
    const writtenBytes = writeSync(this.#file as number, bytes, 0, bytes.length);
    // What follows half a record could not be read: the rewrite after the pause starts from a sound file.
    if (writtenBytes !== bytes.length) throw new Error(`${writtenBytes} of ${bytes.length} bytes were written`);
    this.#grownBytes += writtenBytes;
  }

  /** Replaces the file by what is live now. The old one stands until the new one is complete. */
  #rewrite(): void {
    const nextPath = `${this.#path}.next`;
    const file = openSync(nextPath, "w", 0o600);
    const written = new Map<string, WrittenCounter>();
    try {
      const liveBytes = writeSnapshot(file, this.#histories(), written);
      renameSync(nextPath, this.#path);
      if (this.#file !== undefined) closeSync(this.#file);
      this.#file = file;
      this.#written = written;
      this.#liveBytes = liveBytes;
      this.#grownBytes = 0;
    } catch (error) {
      if (this.#file !== file) closeSync(file);
      rmSync(nextPath, { force: true });
      throw error;
    }
  }

  #giveUpUntil(retryAtMs: number): void {
    this.#retryAtMs = retryAtMs;
    if (this.#file === undefined) return;
    const file = this.#file;
    this.#file = undefined;
    try {
      closeSync(file);
    } catch {
      // The descriptor is gone either way, and the failure that led here is the one to report.
    }
  }
}

/**
 * Reads what a journal holds and hands it to `restore`, which must not keep it, oldest first within each counter. A
 * missing file holds nothing. A file that is no journal is put aside under `<path>.damaged`.
 *
 * @throws the system's error when the file is there but cannot be read
 */
export function readJournal({ path, onProblem }: LimitJournalOptions, restore: (history: CallHistory) => void): void {
  if (!existsSync(path)) return;
  const bytes = readFileSync(path);
  const counters = new Map<number, Omit<CallHistory, "times">>();
  const soundBytes = parseJournal(bytes, (record) => {
    if (record.kind === "counter") {
      counters.set(record.id, record);
      return;
    }
    const counter = counters.get(record.id);
    if (counter === undefined) return;
    const { key, keepEntries, keepMs } = counter;
    restore({ key, keepEntries, keepMs, times: record.times });
  });
  if (soundBytes === 0) renameSync(path, `${path}.damaged`);
  const discardedBytes = bytes.length - soundBytes;
  if (discardedBytes > 0 || soundBytes === 0) onProblem?.({ code: "journal-damaged", path, discardedBytes });
}

function writeSnapshot(file: number, histories: Iterable<CallHistory>, written: Map<string, WrittenCounter>): number {
  let chunks: Buffer[] = [JOURNAL_MAGIC];
  let chunkBytes = JOURNAL_MAGIC.length;
  let totalBytes = 0;
  const flush = () => {
    const bytes = Buffer.concat(chunks);
    for (let offset = 0; offset < bytes.length; ) offset += writeSync(file, bytes, offset);
    totalBytes += bytes.length;
    chunks = [];
    chunkBytes = 0;
  };
  for (const { key, keepEntries, keepMs, times } of histories) {
    const id = written.size;
    written.set(key, { id, keepEntries, keepMs });
    const frames = [counterFrame(id, keepEntries, keepMs, key), callsFrame(id, times)];
    for (const bytes of frames) chunkBytes += bytes.length;
    chunks.push(...frames);
    if (chunkBytes >= CHUNK_BYTES) flush();
  }
  flush();
  return totalBytes;
}
