import type { ImportCounts as ImportCountsSchema } from "@breakwater/contract/schemas/import-job";
import type { Issue } from "@breakwater/formats/records";
import type { Transaction } from "kysely";
import type { Static } from "typebox";

/** Counters of an import's result, as the API shows them. */
export type ImportCounts = Static<typeof ImportCountsSchema>;

/** The counters of an import that has done nothing yet. */
export const NO_COUNTS: Readonly<ImportCounts> = {
  recordsRead: 0,
  findingsNew: 0,
  findingsUpdated: 0,
  findingsReopened: 0,
  findingsFixed: 0,
  findingsUnchanged: 0,
  assetsNew: 0,
  assetsMerged: 0,
  hostsNew: 0,
  hostsUpdated: 0,
  recordsRefused: 0,
  warnings: 0,
};

/** Where a sink stands in one member of the file: JSON of the sink's own shape; `{}` before its first commit. */
export type Checkpoint = Readonly<Record<string, unknown>>;

/** Takes the events of one member of a file, in order, and writes what they mean. */
export type ImportSink<E> = {
  write(events: readonly E[]): Promise<void>;
  /** After the last event: writes what is left. */
  end(): Promise<void>;
};

/** The source that a file came from. */
export type ImportConnection = {
  id: number;
  product: string;
  /** Addresses and names are unique within it. */
  network: string;
  /** Whether silence of a complete run closes findings: its runs are complete, and it does not retain what is missing. */
  closesMissing: boolean;
};

/** What an import gives to the sink of one member. */
export type ImportRun = {
  subscriptionId: number;
  jobId: string;
  connection: ImportConnection;
  /** Epoch ms of the job's creation: the same when the job is resumed. */
  importedAt: number;
  /** Change these while writing; each commit stores them. */
  counts: ImportCounts;
  /**
   * Where this member stood at its last commit. A resumed job sends all events of the member again, and the sink passes
   * over what the checkpoint covers.
   */
  resumeFrom: Checkpoint;
  /**
   * Records an issue and counts it (`recordsRefused`, `warnings`). Call it for every issue on every pass, in the order of
   * the file: those a former pass has stored are recognised by their number.
   */
  issue(issue: Issue): void;
  /** Aborts when the server stops; `commit` then throws, so long loops without commits are all that has to look. */
  signal: AbortSignal;
  /**
   * Runs `work` and stores the checkpoint, the counts and the issues in ONE transaction, fenced by the job's row: the only
   * way to write. After a deadlock or a conflict with another import `work` is run again, with the counts as they were.
   *
   * @param checkpoint asked for after `work` when it is a function
   * @throws when the signal has aborted, or another worker has taken the job over
   */
  commit(work: (tx: Transaction<unknown>) => Promise<void>, checkpoint: Checkpoint | (() => Checkpoint)): Promise<void>;
};
