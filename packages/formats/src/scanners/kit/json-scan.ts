import { decodeJson, type Json, JsonError, type JsonLimits, JsonRecordReader } from "../../json/index.ts";
import type { ByteSource, ScanEvent, ScanParser } from "../../records.ts";
import { Utf8Check } from "../../utf8-check.ts";
import { inBatches, ScanWriter, type ScanWriterLimits } from "./scan-writer.ts";

/** What to do with the value at a place of the file. `state` lives as long as the file. */
export type JsonRecordMapping<State> = (value: Json, context: { out: ScanWriter; where: string; state: State }) => void;

/** A format in JSON or JSON Lines as data: its places of interest, and what each means. */
export type JsonScanMapping<State> = {
  /** Name of the source product. */
  product: string;
  /** The file names the product itself, with `out.run`; `product` is for one that does not. */
  tellsProduct?: true;
  /** See JsonRecordReader for patterns, e.g. `Results.*.Vulnerabilities.*`. */
  records: Readonly<Record<string, JsonRecordMapping<State>>>;
  /** What mappings remember from one record to the next. */
  start: () => State;
  /** After the last record, e.g. to tell a run that no record named. */
  end?: (context: { out: ScanWriter; state: State }) => void;
  /** What is left to tell after the last record, where it may be much: a step for each piece. */
  rest?: (context: { out: ScanWriter; state: State }) => Iterable<unknown>;
  limits?: Partial<JsonLimits & ScanWriterLimits>;
};

const STEP_BYTES = 65_536;

/** A parser from a mapping. A mapping that meets a record of the wrong shape calls `out.refuse`; it never throws. */
export function jsonScan<State>(mapping: JsonScanMapping<State>): ScanParser {
  return async function* parse(source: ByteSource): AsyncGenerator<ScanEvent[]> {
    const out = new ScanWriter(mapping);
    const encoding = new Utf8Check();
    const state = mapping.start();
    const reader = new JsonRecordReader(
      Object.keys(mapping.records),
      {
        record: (pattern, value, where) => mapping.records[pattern]?.(value, { out, where, state }),
        refused: (code, where, message) => out.refuse(code, where, message),
      },
      mapping.limits,
    );
    try {
      for await (const chunk of decodeJson(source, encoding)) {
        for (let at = 0; at < chunk.length; at += STEP_BYTES) {
          reader.write(chunk.subarray(at, at + STEP_BYTES));
          if (out.isBatchFull) yield out.takeBatch();
        }
      }
      reader.end();
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      out.breakOff(error.code, error.where, error.message);
    }
    mapping.end?.({ out, state });
    if (mapping.rest) yield* inBatches(mapping.rest({ out, state }), out);
    out.warnOf(encoding.toIssue("U+FFFD"));
    yield out.finish();
  };
}
