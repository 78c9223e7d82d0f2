import type { Issue } from "@breakwater/formats/records";
import { sql, type Transaction } from "kysely";
import type { Database } from "../../db/pool.ts";
import type { JobKey } from "../../jobs/index.ts";
import { AssetGoneError } from "../findings/index.ts";
import { holdTags } from "../tags/index.ts";
import { type ClaimedImport, holdImport, insertIssues, type JobCheckpoint, saveProgress } from "./import-store.ts";
import { type Checkpoint, type ImportConnection, type ImportCounts, type ImportRun, NO_COUNTS } from "./sink.ts";
import { toStorableIssue } from "./storable-issue.ts";

/** So many issues are stored and listed; the rest are counted. */
export const MAX_LISTED_ISSUES = 1_000;
const MAX_TRIES = 5;
/** PostgreSQL's codes for transactions that are to be run again. */
const RETRIED_CODES = new Set(["40001", "40P01"]);

/** Another worker has the job; this one stops without a word. */
export class TakenOverError extends Error {
  override name = "TakenOverError";
}

/**
 * One attempt at a job: what it has committed, and the transactions by which it goes on. Data, checkpoint, counts and
 * issues are committed together, so that they agree whenever the process dies.
 */
export class ImportProgress {
  readonly key: JobKey;
  readonly counts: ImportCounts;
  bytesRead = 0;
  format: string | null = null;
  /** The first that it writes to. */
  connection: { id: number; name: string } | null = null;
  /** The first issue after which nothing could be read. */
  fatalIssue: Issue | undefined;
  readonly #db: Database;
  readonly #job: ClaimedImport;
  readonly #signal: AbortSignal;
  #member = 0;
  #sink: Checkpoint = {};
  /** Issues met in this pass, and stored by this or earlier ones. */
  #issuesMet = 0;
  #issuesStored: number;
  #issuesBefore = 0;
  #waiting: Issue[] = [];

  constructor(db: Database, key: JobKey, job: ClaimedImport, signal: AbortSignal) {
    this.#db = db;
    this.key = key;
    this.#job = job;
    this.#signal = signal;
    this.counts = { ...NO_COUNTS, ...job.counts };
    this.#issuesStored = job.checkpoint.issues ?? 0;
  }

  /**
   * Goes on to the next member.
   *
   * @returns whether it has to be read: not when a former attempt has finished it
   */
  startMember(): boolean {
    this.#member++;
    const { member = 0, issuesBefore = 0, sink = {} } = this.#job.checkpoint;
    if (this.#member < member) return false;
    if (this.#member === member) {
      this.#issuesMet = issuesBefore;
      this.#sink = sink;
    } else {
      this.#sink = {};
    }
    this.#issuesBefore = this.#issuesMet;
    return true;
  }

  /** Records an issue that is not known from a former attempt. */
  issue(issue: Issue): void {
    if (issue.fatal) this.fatalIssue ??= issue;
    this.#issuesMet++;
    if (this.#issuesMet <= this.#issuesStored) return;
    const count = issue.count ?? 1;
    if (issue.level === "refused") this.counts.recordsRefused += count;
    else this.counts.warnings += count;
    this.#waiting.push(toStorableIssue(issue));
  }

  /** Number of the member that is being read, from 1. */
  get member(): number {
    return this.#member;
  }

  toRun(connection: ImportConnection): ImportRun {
    return { ...this.toBareRun(), connection };
  }

  /** For what comes from no source of findings. */
  toBareRun(): Omit<ImportRun, "connection"> {
    const { subscriptionId, id } = this.key;
    return {
      subscriptionId,
      jobId: id,
      importedAt: this.#job.createdAt,
      counts: this.counts,
      resumeFrom: this.#sink,
      issue: (issue) => this.issue(issue),
      signal: this.#signal,
      commit: (work, checkpoint) => this.commit(work, checkpoint),
    };
  }

  async commit(
    work: (tx: Transaction<unknown>) => Promise<void>,
    checkpoint: Checkpoint | (() => Checkpoint) = this.#sink,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#signal.throwIfAborted();
      const countsBefore = { ...this.counts };
      let issues: Issue[] = [];
      try {
        await this.#db.imports.transaction().execute(async (tx) => {
          // What a power cut takes away it takes away with the checkpoint, and the upload is there until the job has ended,
          // which is written for good, and all before it.
          await sql`SET LOCAL synchronous_commit = off`.execute(tx);
          if (!(await holdImport(tx, this.key, this.#job.attempt))) throw new TakenOverError();
          await holdTags(tx, this.key.subscriptionId);
          await work(tx);
          // From here to the end of the transaction the parser may meet further issues: they belong to the next one.
          issues = this.#waiting;
          this.#waiting = [];
          await this.#save(tx, issues, typeof checkpoint === "function" ? checkpoint() : checkpoint);
        });
        this.#issuesStored += issues.length;
        return;
      } catch (error) {
        this.#waiting = [...issues, ...this.#waiting];
        if (attempt >= MAX_TRIES || !isRetried(error)) throw error;
        this.#restoreCounts(countsBefore);
      }
    }
  }

  async #save(tx: Transaction<unknown>, issues: readonly Issue[], sink: Checkpoint): Promise<void> {
    const { key, counts, bytesRead, format, connection } = this;
    const ordinal = this.#issuesStored;
    const checkpoint: JobCheckpoint = {
      member: this.#member,
      sink,
      issues: ordinal + issues.length,
      issuesBefore: this.#issuesBefore,
      asked: this.#job.connectionName,
    };
    this.#sink = sink;
    await saveProgress(tx, key, { checkpoint, counts: { ...counts }, bytesRead, format, connection });
    // What stands for others is counted only: whoever lists the issues tells how many are missing in all.
    const listed = issues.slice(0, Math.max(0, MAX_LISTED_ISSUES - ordinal)).filter(({ count }) => count === undefined);
    await insertIssues(tx, key, ordinal, listed);
  }

  /** Counts of refusals belong to issues, which are not met a second time. */
  #restoreCounts({ recordsRefused: _refused, warnings: _warnings, ...counts }: ImportCounts): void {
    Object.assign(this.counts, counts);
  }
}

function isRetried(error: unknown): boolean {
  return error instanceof AssetGoneError || RETRIED_CODES.has((error as { code?: string })?.code ?? "");
}
