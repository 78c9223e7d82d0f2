import { sql, type Transaction } from "kysely";
import type { ImportRun, ImportSink } from "../ingest/sink.ts";
import { type Retag, type WriterContext, writeBatch } from "./batch-writer.ts";
import { CheckDictionary } from "./check-dictionary.ts";
import { lockScores } from "./detection-score-sql.ts";
import { NewRows } from "./new-rows.ts";
import type { PackedBatch } from "./packed-scan.ts";
import type { ScanStep } from "./read-scan.ts";
import { settleNextAssets } from "./run-closer.ts";
import type { ScanPosition } from "./scan-batcher.ts";
import { findStaleAssets, nextAssetIds, rescoreAssets } from "./score-assets.ts";

/** How far one member of a file is: reading it, settling its assets, scoring what changed checks touch, or done. */
export type ScanCheckpoint = {
  phase: "read" | "settle" | "score" | "done";
  /** What it has seen so far is of this connection. */
  connectionId?: number;
  product?: string;
  position: ScanPosition;
  /** Checks whose findings have to be scored again. */
  staleChecks: readonly number[];
  isComplete?: boolean;
  /** Assets up to this id are scored again. */
  scoredUpTo?: number;
};

export type ScanSinkOptions = { retag: Retag };

const START: ScanCheckpoint = { phase: "read", position: { assets: 0, records: 0 }, staleChecks: [] };
const END: ScanPosition = { assets: Infinity, records: 0 };
const STEP_ASSETS = 500;

/** Where in a file to go on reading, by what a run's checkpoint says. */
export function startOf(resumeFrom: ImportRun["resumeFrom"]): ScanPosition {
  const { phase, position } = toCheckpoint(resumeFrom);
  return phase === "read" ? position : END;
}

/** The connection that a run has written to so far. */
export function connectionOf(resumeFrom: ImportRun["resumeFrom"]): number | undefined {
  return toCheckpoint(resumeFrom).connectionId;
}

/** Forgets what a run has seen and not settled: to begin it anew, for another connection. */
export async function forgetSights(
  tx: Transaction<unknown>,
  { subscriptionId, jobId }: Pick<ImportRun, "subscriptionId" | "jobId">,
): Promise<void> {
  await sql`DELETE FROM import_asset WHERE subscription_id = ${subscriptionId} AND job_id = ${jobId}`.execute(tx);
  await sql`DELETE FROM import_missing WHERE subscription_id = ${subscriptionId} AND job_id = ${jobId}`.execute(tx);
}

/**
 * Writes what a file tells.
 *
 * @param open gives the run once the file has told its product
 * @throws what reading it throws, and what writing it throws; no commit is under way any more then
 */
export async function writeScan(
  told: AsyncIterable<readonly ScanStep[]>,
  open: (product: string) => Promise<ImportRun>,
  options: ScanSinkOptions,
): Promise<void> {
  let sink: ScanSink | undefined;
  try {
    for await (const steps of told) {
      const first = steps.find((step) => step.type === "run");
      if (first) sink = new ScanSink(await open(first.product), options);
      await sink?.write(steps);
    }
    await sink?.end();
  } finally {
    await sink?.settled();
  }
}

/**
 * Takes a scanner's report in: assets by identity, findings by fingerprint, life cycle, scores (etm.md 4 and 5).
 *
 * While a batch is being committed the next one is read: the database and the parser have a core each.
 */
class ScanSink implements ImportSink<ScanStep> {
  readonly #run: ImportRun;
  readonly #context: WriterContext;
  #checkpoint: ScanCheckpoint;
  #isComplete = false;
  #committing: Promise<void> = Promise.resolve();

  constructor(run: ImportRun, options: ScanSinkOptions) {
    const { subscriptionId, jobId, connection } = run;
    this.#run = run;
    this.#checkpoint = { ...toCheckpoint(run.resumeFrom), connectionId: connection.id, product: connection.product };
    this.#context = {
      run,
      key: { subscriptionId, jobId, connectionId: connection.id, product: connection.product },
      origin: {
        subscriptionId,
        network: connection.network,
        product: connection.product,
        connection: String(connection.id),
      },
      dictionary: new CheckDictionary(connection.product),
      retag: options.retag,
      rows: new NewRows(),
    };
  }

  async write(steps: readonly ScanStep[]): Promise<void> {
    for (const step of steps) {
      if (step.type === "end") this.#isComplete = step.isComplete;
      else if (step.type === "issue") this.#run.issue(step.issue);
      else if (step.type === "batch") await this.#commitNext(step.batch);
    }
  }

  /** Without its error, which is told elsewhere or comes second. */
  async settled(): Promise<void> {
    await this.#committing.catch(() => undefined);
  }

  async end(): Promise<void> {
    await this.#committing;
    const isComplete = this.#isComplete && this.#run.connection.closesMissing;
    if (this.#checkpoint.phase === "read") this.#checkpoint = { ...this.#checkpoint, phase: "settle", isComplete };
    while (this.#checkpoint.phase === "settle") await this.#step(settle);
    while (this.#checkpoint.phase === "score") await this.#step(score);
  }

  /** Waits for the batch before, not for this one: an error of this one comes out at the next call. */
  async #commitNext(batch: PackedBatch): Promise<void> {
    await this.#committing;
    const { connectionId, product } = this.#context.key;
    const staleChecks = new Set(this.#checkpoint.staleChecks);
    this.#committing = this.#commit(async (tx) => {
      for (const id of await writeBatch(tx, this.#context, batch)) staleChecks.add(id);
      return { phase: "read", connectionId, product, position: batch.end, staleChecks: [...staleChecks] };
    });
    // The error is not lost: whoever awaits the promise next gets it.
    this.#committing.catch(() => undefined);
  }

  async #step(
    work: (tx: Transaction<unknown>, context: WriterContext, from: ScanCheckpoint) => Promise<ScanCheckpoint>,
  ) {
    await this.#commit((tx) => work(tx, this.#context, this.#checkpoint));
  }

  async #commit(work: (tx: Transaction<unknown>) => Promise<ScanCheckpoint>): Promise<void> {
    let next = this.#checkpoint;
    await this.#run.commit(
      async (tx) => {
        next = await work(tx);
      },
      () => next,
    );
    this.#checkpoint = next;
  }
}

function toCheckpoint(resumeFrom: ImportRun["resumeFrom"]): ScanCheckpoint {
  return "phase" in resumeFrom ? (resumeFrom as ScanCheckpoint) : START;
}

async function settle(
  tx: Transaction<unknown>,
  { run, key }: WriterContext,
  from: ScanCheckpoint,
): Promise<ScanCheckpoint> {
  await lockScores(tx, "shared");
  const { fixed, isDone } = await settleNextAssets(tx, key, from.isComplete ?? false);
  run.counts.findingsFixed += fixed;
  if (!isDone) return from;
  // Assets that were merged away meanwhile leave rows behind.
  await forgetSights(tx, key);
  return { ...from, phase: from.staleChecks.length > 0 ? "score" : "done" };
}

async function score(tx: Transaction<unknown>, { key }: WriterContext, from: ScanCheckpoint): Promise<ScanCheckpoint> {
  await lockScores(tx, "shared");
  const ids = await nextAssetIds(tx, key.subscriptionId, from.scoredUpTo ?? 0, STEP_ASSETS);
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return { ...from, phase: "done" };
  const among = { first, last, checkIds: from.staleChecks };
  await rescoreAssets(tx, key.subscriptionId, await findStaleAssets(tx, key.subscriptionId, among));
  return ids.length < STEP_ASSETS ? { ...from, phase: "done" } : { ...from, scoredUpTo: last };
}
