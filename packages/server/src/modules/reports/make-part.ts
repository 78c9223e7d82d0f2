import type { ReportFormat } from "@breakwater/contract";
import { BinaryRows, fetchRows } from "../../db/binary-rows.ts";
import {
  ByteWriter,
  createDeflatedFile,
  type DeflatedFile,
  type PartEncoder,
  REPORT_WRITERS,
  toJsonDocument,
  toParquet,
  toPlainText,
} from "../../exporters/index.ts";
import {
  createExchangeDocument,
  createFindingReader,
  csvFormat,
  exchangeFormat,
  FINDING_CSV_COLUMNS,
  FINDING_PARQUET_COLUMNS,
  type FindingReader,
  isExchangeFormat,
  jsonFormat,
} from "../findings-read/index.ts";
import type { SnapshotPart, SnapshotSession } from "./snapshot-store.ts";

/** What a part is of. */
export type PartReport = { subscriptionId: number; reportId: string; format: ReportFormat; createdAt: Date };

/** A part and where its file goes; without `select` it is empty. */
export type PartOrder = { ordinal: number; path: string; select: SnapshotPart["select"] | undefined };
export type MadePart = DeflatedFile & { records: number };

/** Makes parts of a report, one after the other. */
export type PartMaker = { make(order: PartOrder): Promise<MadePart> };

/** How much text is deflated at a time: pieces do not refer to each other. */
const CHUNK_BYTES = 512 * 1024;
/** Bytes from the database that a stretch should have. */
const STRETCH_BYTES = 2 ** 20;
const MAX_STRETCH_ROWS = 10_000;
/** How many the first stretch has, while it is unknown how large a row is. */
const FIRST_STRETCH_ROWS = 500;
const CURSOR = "report_part";

/** Makes parts in this thread, which it keeps busy for as long as a stretch takes. */
export function createPartMaker(session: SnapshotSession, report: PartReport): PartMaker {
  const reader = createReader(session, report);
  const [rows, out] = [new BinaryRows(), new ByteWriter(CHUNK_BYTES + 64 * 1024)];
  return {
    make: async ({ ordinal, path, select }) => {
      const encoder = createEncoder(report, ordinal);
      const file = await createDeflatedFile(path);
      const add = (bytes: Buffer) => {
        if (bytes.length > 0) file.add(bytes);
      };
      const addChunk = () => {
        add(encoder.encode(out.written));
        out.length = 0;
      };
      const { separator } = REPORT_WRITERS[report.format];
      let records = 0;
      const onRecord = () => {
        if (out.length >= CHUNK_BYTES) addChunk();
        if (records > 0) out.text(separator);
        records += 1;
      };
      try {
        add(encoder.head());
        const write = (isEnd: boolean) => reader.write(rows, out, { isEnd, onRecord });
        if (select) await readStretches(session, { select, rows, reader, write, flush: file.flush });
        addChunk();
        for (const bytes of encoder.tail()) add(bytes);
        return { ...(await file.finish()), records };
      } finally {
        await file.close();
      }
    },
  };
}

/** Reads a part's rows stretch by stretch, and has each written. */
async function readStretches(
  { client }: SnapshotSession,
  part: {
    select: NonNullable<PartOrder["select"]>;
    rows: BinaryRows;
    reader: FindingReader;
    write(isEnd: boolean): void;
    flush(): Promise<void>;
  },
): Promise<void> {
  const { select, rows, reader } = part;
  await client.query(`DECLARE ${CURSOR} BINARY NO SCROLL CURSOR FOR ${select.sql}`, [...select.parameters]);
  let limit = FIRST_STRETCH_ROWS;
  for (let next: Promise<number> | undefined = fetchRows(client, CURSOR, limit, rows); next; ) {
    const isEnd: boolean = (await next) < limit;
    await reader.lookUp(rows);
    const rowBytes = Math.max(1, rows.byteLength / rows.count);
    limit = Math.max(1, Math.min(MAX_STRETCH_ROWS, Math.floor(STRETCH_BYTES / rowBytes)));
    // PostgreSQL works on the next stretch meanwhile. It arrives only when this thread waits again, so behind this one.
    next = isEnd ? undefined : fetchRows(client, CURSOR, limit, rows);
    // Whoever takes it gets the failure; when nobody does any more, it is of no interest.
    next?.catch(() => undefined);
    part.write(isEnd);
    await part.flush();
  }
  await client.query(`CLOSE ${CURSOR}`);
}

function createReader({ run }: SnapshotSession, { subscriptionId, format }: PartReport): FindingReader {
  if (format === "CSV") return createFindingReader(run, subscriptionId, csvFormat);
  if (isExchangeFormat(format)) return createFindingReader(run, subscriptionId, exchangeFormat);
  return createFindingReader(run, subscriptionId, jsonFormat);
}

/** What the records of a part become: themselves, or a file of a format that is made of them. */
function createEncoder({ format, reportId, createdAt }: PartReport, ordinal: number): PartEncoder {
  if (format === "PARQUET") return toParquet(FINDING_PARQUET_COLUMNS);
  if (isExchangeFormat(format))
    return toJsonDocument(createExchangeDocument(format, { reportId, ordinal, at: createdAt }));
  if (format === "CSV") return toPlainText({ head: `${FINDING_CSV_COLUMNS.join(",")}\n`, tail: "" });
  return toPlainText(REPORT_WRITERS[format]);
}
