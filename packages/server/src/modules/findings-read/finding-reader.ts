import type { BinaryRows } from "../../db/binary-rows.ts";
import type { RunQuery } from "./finding-dictionary.ts";
import type { FindingRecord, FindingTexts } from "./finding-format.ts";
import { createFindingLookup } from "./finding-lookup.ts";
import { createFindingRows, readReferences } from "./finding-rows.ts";

/** Reads findings from rows of `selectFindingRows`. */
export type FindingReader<C, A> = {
  /** Reads what the rows refer to; before they are read. */
  lookUp(rows: BinaryRows): Promise<void>;
  /**
   * Tells each finding, good until the next, and takes them off the rows; the last one stays there unless no rows are to
   * come, for it may have more.
   */
  read(rows: BinaryRows, isEnd: boolean, onRecord: (record: FindingRecord<C, A>) => void): void;
};

/**
 * PostgreSQL sends what is a finding's own, and each check and each asset once; they are put together here, so that a
 * check's prose, most of a finding, is not sent with each.
 *
 * @param run in the snapshot to which the rows belong
 */
export function createFindingReader<C, A>(
  run: RunQuery,
  subscriptionId: number,
  texts: FindingTexts<C, A>,
): FindingReader<C, A> {
  const lookup = createFindingLookup(run, subscriptionId, texts);
  const readRows = createFindingRows();
  return {
    lookUp: (rows) => lookup.learn(readReferences(rows)),
    read: (rows, isEnd, onRecord) => {
      let done = 0;
      readRows(rows, (finding, end) => {
        if (end === rows.count && !isEnd) return;
        // In one snapshot every finding has its check and its asset.
        onRecord(lookup.toRecord(finding)!);
        done = end;
      });
      rows.drop(done);
    },
  };
}
