import type { BinaryRows } from "../../db/binary-rows.ts";
import type { ByteWriter } from "../../exporters/index.ts";
import type { RunQuery } from "./finding-dictionary.ts";
import type { FindingFormat } from "./finding-format.ts";
import { createFindingLookup } from "./finding-lookup.ts";
import { readFindingRows, readReferences } from "./finding-rows.ts";

/** Turns rows of `selectFindingRows` into text. */
export type FindingReader = {
  /** Reads what the rows refer to; before they are written. */
  lookUp(rows: BinaryRows): Promise<void>;
  /**
   * Appends each finding's record and a line feed, and takes the finding off the rows; the last one stays there unless
   * no rows are to come, for it may have more.
   *
   * @param onRecord told before each record
   */
  write(rows: BinaryRows, out: ByteWriter, options: { isEnd: boolean; onRecord(): void }): void;
};

/**
 * PostgreSQL sends what is a finding's own, and each check and each asset once; the texts are put together here, so that
 * a check's prose, most of a finding, is not sent with each.
 *
 * @param run in the snapshot to which the rows belong
 */
export function createFindingReader<C, A>(
  run: RunQuery,
  subscriptionId: number,
  format: FindingFormat<C, A>,
): FindingReader {
  const lookup = createFindingLookup(run, subscriptionId, format);
  return {
    lookUp: (rows) => lookup.learn(readReferences(rows)),
    write: (rows, out, { isEnd, onRecord }) => {
      let done = 0;
      for (const { finding, end } of readFindingRows(rows)) {
        if (end === rows.count && !isEnd) break;
        onRecord();
        // In one snapshot every finding has its check and its asset.
        format.write(out, lookup.toRecord(finding)!);
        out.text("\n");
        done = end;
      }
      rows.drop(done);
    },
  };
}
