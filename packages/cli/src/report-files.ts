import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type CallResult, etmReportDownload, etmReportPart } from "@breakwater/client";
import { CommandFailure } from "./failure.ts";
import { joinParts, type RecordFormat } from "./join-parts.ts";
import type { Report } from "./reports.ts";
import type { Session } from "./session.ts";

/** Formats whose parts are each a whole document, which cannot be joined. */
type DocumentFormat = "parquet" | "sarif" | "cyclonedx" | "openvex";

export type ReportFileFormat = RecordFormat | DocumentFormat;

const JOINED: readonly ReportFileFormat[] = ["json", "csv", "jsonl"] satisfies RecordFormat[];

/**
 * Downloads a complete report: as its ZIP to a file ending in `.zip`, as plain records to any other; `-` is stdout.
 *
 * @throws CommandFailure for a format whose parts cannot be joined, when there are several
 */
export async function saveReport(
  session: Session,
  report: Report,
  format: ReportFileFormat,
  file: string,
): Promise<void> {
  const isZip = file.endsWith(".zip");
  if (!JOINED.includes(format) && !isZip) {
    const [name, ...others] = report.resources;
    if (name === undefined || others.length > 0) {
      throw new CommandFailure(
        `the report has ${report.resources.length} files, which cannot be joined: give --out a name ending in .zip`,
      );
    }
    const part = await session.call(etmReportPart, { params: { id: report.id, name } });
    return saveBytes(bodyOf(part), file);
  }
  const bytes = isZip ? readZip(session, report) : joinParts(readParts(session, report), format as RecordFormat);
  await saveBytes(bytes, file);
}

/** Writes to a file, which appears once it is whole; `-` is stdout. */
export async function saveBytes(bytes: AsyncIterable<Uint8Array>, file: string): Promise<void> {
  if (file === "-") return pipeline(Readable.from(bytes), process.stdout, { end: false });
  const partial = `${file}.partial`;
  try {
    await pipeline(Readable.from(bytes), createWriteStream(partial));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function* readZip(session: Session, report: Report): AsyncGenerator<Uint8Array> {
  yield* bodyOf(await session.call(etmReportDownload, { params: { id: report.id } }));
}

async function* readParts(session: Session, report: Report): AsyncGenerator<AsyncIterable<Uint8Array>> {
  for (const name of report.resources) {
    yield bodyOf(await session.call(etmReportPart, { params: { id: report.id, name } }));
  }
}

/** The bytes of an answer as they come. */
export async function* bodyOf(answer: CallResult): AsyncGenerator<Uint8Array> {
  if (answer.body) yield* answer.body;
}
