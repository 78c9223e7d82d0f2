import { type CsvMapping, genericCsv, isCsvHeaderOf } from "../scanners/generic-csv/index.ts";
import { type Format, formats } from "./formats.ts";

/**
 * The formats of a source that has a mapping of its own for tables. It goes before the table of unknown origin, because it
 * knows more.
 *
 * @param options.isFirst before every other format too, also the exports of products whose columns it shares
 */
export function formatsWithTable(mapping: CsvMapping, options: { isFirst: boolean }): readonly Format[] {
  const own: Format = {
    id: "mapped-csv",
    title: "table of the connection's mapping (CSV)",
    kind: "scan",
    sniff: (head) => head.hasCsvHeader((columns) => isCsvHeaderOf(mapping, columns)),
    parse: genericCsv(mapping),
  };
  if (options.isFirst) return [own, ...formats];
  return formats.flatMap((format) => (format.id === "generic-csv" ? [own, format] : [format]));
}
