import { type Format, formats, formatsWithTable } from "@breakwater/formats/intake/index";
import type { ConnectionCsvMapping } from "./csv-mapping.ts";

/** The formats that an upload may have. */
export function knownFormats(csvMapping: ConnectionCsvMapping | null): readonly Format[] {
  return csvMapping ? formatsWithTable(csvMapping, { isFirst: csvMapping.always === true }) : formats;
}
