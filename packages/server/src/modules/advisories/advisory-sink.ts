import type { Advisory } from "@breakwater/domain/ot/advisories/index";
import type { AdvisoryEvent } from "@breakwater/formats/records";
import type { Transaction } from "kysely";
import { CheckDictionary, lockScores, toStorable } from "../findings/index.ts";
import type { ImportRun, ImportSink } from "../ingest/sink.ts";
import { toChecks } from "./advisory-checks.ts";
import { writeAdvisories } from "./advisory-store.ts";
import { ADVISORY_MATCHING, lockMatching } from "./matching-lock.ts";
import { rewordDetections } from "./reword-detections.ts";

const BATCH_ADVISORIES = 50;

/** An import as far as advisories need it: they come by no connection, and need no checkpoint of their own. */
export type AdvisoryRun = Pick<ImportRun, "subscriptionId" | "importedAt" | "counts" | "issue"> & {
  commit(work: (tx: Transaction<unknown>) => Promise<void>): Promise<void>;
};

/**
 * Takes advisories in. One sink for all members of an upload: a folder has thousands, and each transaction costs more
 * than an advisory. A resumed import reads members again whose advisories were not committed; writing one again
 * changes nothing.
 */
export function createAdvisorySink(run: AdvisoryRun): ImportSink<AdvisoryEvent> {
  const dictionary = new CheckDictionary(ADVISORY_MATCHING);
  let waiting = new Map<string, Advisory>();
  const flush = async () => {
    const batch = [...waiting.values()];
    waiting = new Map();
    if (batch.length > 0) await run.commit((tx) => writeBatch(tx, run, dictionary, batch));
  };
  return {
    write: async (events) => {
      for (const event of events) {
        if (event.type === "issue") run.issue(event.issue);
        if (event.type !== "advisory") continue;
        const known = waiting.get(event.advisory.id);
        if (known === undefined || known.updatedAt <= event.advisory.updatedAt)
          waiting.set(event.advisory.id, event.advisory);
        run.counts.recordsRead += known === undefined ? 0 : 1;
        if (waiting.size >= BATCH_ADVISORIES) await flush();
      }
    },
    end: flush,
  };
}

async function writeBatch(
  tx: Transaction<unknown>,
  run: AdvisoryRun,
  dictionary: CheckDictionary,
  batch: readonly Advisory[],
): Promise<void> {
  await lockMatching(tx, run.subscriptionId);
  const outcomes = await writeAdvisories(tx, run.subscriptionId, batch, run.importedAt);
  const written = batch.filter((advisory) => ["new", "changed", "reworded"].includes(outcomes.get(advisory)!));
  const checks = new Map(written.flatMap(toChecks).map((check) => [check.id, check]));
  for (const check of checks.values()) dictionary.learn(check);
  dictionary.takeUntold();
  // What scores otherwise now is scored again when its hosts, which are due, are matched.
  if (checks.size > 0) await dictionary.settle(tx, run.subscriptionId, [...checks.values()], run.importedAt);
  else await lockScores(tx, "shared");
  const reworded = batch.filter((advisory) => outcomes.get(advisory) === "reworded").map(({ id }) => toStorable(id));
  await rewordDetections(tx, run.subscriptionId, reworded);
  run.counts.recordsRead += batch.length;
}
