import { AppError } from "@breakwater/contract";
import { type Format, formats, formatsWithTable } from "@breakwater/formats/intake/index";
import type { ScanParser } from "@breakwater/formats/records";
import type { ConnectionCsvMapping } from "./csv-mapping.ts";

/** The formats that an upload may have. */
export function knownFormats(csvMapping: ConnectionCsvMapping | null): readonly Format[] {
  return csvMapping ? formatsWithTable(csvMapping, { isFirst: csvMapping.always === true }) : formats;
}

/** The parser of a format of findings, which `knownFormats` has recognised. */
export function findParser(request: { format: string; csvMapping: ConnectionCsvMapping | null }): ScanParser {
  const found = knownFormats(request.csvMapping).find(({ id }) => id === request.format);
  if (found?.kind !== "scan") throw new Error(`${request.format} is no format of findings`);
  return found.parse;
}

/** @throws AppError invalid-parameter for what is no format's name */
export function assertFormat(format: string): void {
  if (format === "mapped-csv" || formats.some(({ id }) => id === format)) return;
  const names = formats.map(({ id }) => id).join(", ");
  throw new AppError("invalid-parameter", `format: ${JSON.stringify(format)} is none; there are ${names}`);
}
