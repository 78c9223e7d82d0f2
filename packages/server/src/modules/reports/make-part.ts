import type { ReportFormat } from "@breakwater/contract";
import { BinaryRows, fetchRows } from "../../db/binary-rows.ts";
import { ByteWriter, createDeflatedFile, type DeflatedFile } from "../../exporters/index.ts";
import { createFindingReader, createPartFormat, type FindingReader, type PartText } from "../findings-read/texts.ts";
import type { SnapshotSession } from "./snapshot-session.ts";
import type { SnapshotPart } from "./snapshot-store.ts";

/** What a part is of. */
export type PartReport = { subscriptionId: number; reportId: string; format: ReportFormat; createdAt: Date };

/** A part and where its file goes; without `select` it is empty. */
export type PartOrder = { ordinal: number; path: string; select: SnapshotPart["select"] | undefined };
export type MadePart = DeflatedFile & { records: number };

/** Makes parts of a report, one after the other. */
export type PartMaker = { make(order: PartOrder): Promise<MadePart> };

type FindingRecord = Parameters<PartText["write"]>[1];

/** How much text is deflated at a time: pieces do not refer to each other. */
const CHUNK_BYTES = 256 * 1024;
/** Bytes from the database that a stretch should have. */
const STRETCH_BYTES = 512 * 1024;
const MAX_STRETCH_ROWS = 10_000;
/** How many the first stretch has, while it is unknown how large a row is. */
const FIRST_STRETCH_ROWS = 500;
const CURSOR = "report_part";

/** Makes parts in this thread, which it keeps busy for as long as a stretch takes. */
export async function createPartMaker({ client, run }: SnapshotSession, report: PartReport): Promise<PartMaker> {
  const format = await createPartFormat(report.format);
  const reader = createFindingReader(run, report.subscriptionId, format);
  const [rows, out] = [new BinaryRows(), new ByteWriter(CHUNK_BYTES + 64 * 1024)];
  return {
    make: async ({ ordinal, path, select }) => {
      const text = format.begin({ reportId: report.reportId, ordinal, at: report.createdAt });
      const file = await createDeflatedFile(path);
      const addChunk = () => {
        if (out.length > 0) file.add(out.written);
        out.length = 0;
      };
      let records = 0;
      const onRecord = (record: FindingRecord) => {
        if (out.length >= CHUNK_BYTES) addChunk();
        text.write(out, record);
        records += 1;
      };
      try {
        out.length = 0;
        out.text(text.head);
        const write = (isEnd: boolean) => reader.read(rows, isEnd, onRecord);
        if (select) await readStretches(client, { select, rows, reader, write, flush: file.flush });
        for (const piece of text.tail()) {
          if (typeof piece === "string") out.text(piece);
          else out.bytes(piece);
          if (out.length >= CHUNK_BYTES) addChunk();
        }
        addChunk();
        return { ...(await file.finish()), records };
      } finally {
        await file.close();
      }
    },
  };
}

/** Reads a part's rows stretch by stretch, and has each written. */
async function readStretches(
  client: SnapshotSession["client"],
  part: {
    select: NonNullable<PartOrder["select"]>;
    rows: BinaryRows;
    reader: Pick<FindingReader<unknown, unknown>, "lookUp">;
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
