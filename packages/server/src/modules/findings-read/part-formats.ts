import type { ReportFormat } from "@breakwater/contract";
import type { ByteWriter, JsonDocument } from "../../exporters/index.ts";
import { csvFormat, FINDING_CSV_COLUMNS } from "./finding-csv.ts";
import { createCycloneDx } from "./finding-cyclonedx.ts";
import type { DocumentFacts, ExchangeRecord } from "./finding-exchange.ts";
import type { FindingFormat, FindingRecord, FindingTexts } from "./finding-format.ts";
import { jsonFormat } from "./finding-json.ts";
import { createOpenVex } from "./finding-openvex.ts";
import { FINDING_PARQUET_COLUMNS } from "./finding-parquet.ts";
import { createSarif } from "./finding-sarif.ts";

/** How findings become the files of a report's parts, one after the other. */
type PartFormat<C = unknown, A = unknown> = FindingTexts<C, A> & { begin(facts: DocumentFacts): PartText<C, A> };

/** The file of one part; it holds what it collects of the part until its end. */
export type PartText<C = unknown, A = unknown> = {
  head: string;
  /** Appends a finding, in its turn. */
  write(out: ByteWriter, record: FindingRecord<C, A>): void;
  /** What comes behind the last, in pieces. */
  tail(): Iterable<string | Uint8Array>;
};

/** Formats in which other tools exchange findings. */
export const EXCHANGE_DOCUMENTS = { SARIF: createSarif, CYCLONEDX: createCycloneDx, OPENVEX: createOpenVex } as const;

/** Those who have no use of Parquet do without its library. */
export async function createPartFormat(format: ReportFormat): Promise<PartFormat> {
  switch (format) {
    case "JSON":
      return toLines(jsonFormat, { head: "[", separator: ",", tail: "]\n" });
    case "JSONL":
      return toLines(jsonFormat, { head: "", separator: "", tail: "" });
    case "CSV":
      return toLines(csvFormat, { head: `${FINDING_CSV_COLUMNS.join(",")}\n`, separator: "", tail: "" });
    case "PARQUET":
      return createParquetFormat();
    default:
      return toDocuments(EXCHANGE_DOCUMENTS[format]);
  }
}

function toLines<C, A>(
  format: FindingFormat<C, A>,
  { head, separator, tail }: { head: string; separator: string; tail: string },
): PartFormat<C, A> {
  const begin = (): PartText<C, A> => {
    let before = "";
    return {
      head,
      write: (out, record) => {
        out.text(before);
        format.write(out, record);
        out.text("\n");
        before = separator;
      },
      tail: () => [tail],
    };
  };
  return { check: format.check, asset: format.asset, begin };
}

/** These need a check and an asset as they are. */
const PLAIN: FindingTexts<ExchangeRecord["check"], ExchangeRecord["asset"]> = {
  check: (check) => check,
  asset: (asset) => asset,
};

function toDocuments(
  create: (facts: DocumentFacts) => JsonDocument<ExchangeRecord>,
): PartFormat<ExchangeRecord["check"], ExchangeRecord["asset"]> {
  const begin: PartFormat<ExchangeRecord["check"], ExchangeRecord["asset"]>["begin"] = (facts) => {
    const { head, toElement, tail } = create(facts);
    let before = "";
    return {
      head,
      write: (out, record) => {
        out.text(`${before}${JSON.stringify(toElement(record))}\n`);
        before = ",";
      },
      tail,
    };
  };
  return { ...PLAIN, begin };
}

async function createParquetFormat(): Promise<PartFormat<ExchangeRecord["check"], ExchangeRecord["asset"]>> {
  const { createParquetRows } = await import("../../exporters/parquet-rows.ts");
  const begin = () => {
    const rows = createParquetRows(FINDING_PARQUET_COLUMNS);
    return {
      head: "",
      write: (out: ByteWriter, record: ExchangeRecord) => {
        const bytes = rows.add(record);
        if (bytes) out.bytes(bytes);
      },
      tail: rows.finish,
    };
  };
  return { ...PLAIN, begin };
}
