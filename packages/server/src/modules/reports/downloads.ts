import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { AppError } from "@breakwater/contract";
import type { Answer } from "../../binding.ts";
import { isNotModified } from "../../conditional.ts";
import {
  type ByteRange,
  layOutZip,
  REPORT_WRITERS,
  readDeflatedFile,
  readSegments,
  selectRange,
  totalLength,
} from "../../exporters/index.ts";
import type { ReadableReport } from "./service.ts";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

type Representation = {
  contentType: string;
  bytes: number;
  etag: string;
  fileName: string;
  read(range: ByteRange): Readable;
};

/** The report as a ZIP, or the range of it that the headers ask for. */
export function answerZip({ report, parts }: ReadableReport, headers: Headers): Answer {
  const entries = parts.map((part) => ({
    name: part.name,
    path: part.path,
    crc32: part.crc32,
    bytes: part.bytes,
    deflatedBytes: part.deflated_bytes,
  }));
  const segments = layOutZip(entries, report.completed_at?.getTime() ?? 0);
  return answerRange(headers, {
    contentType: "application/zip",
    bytes: totalLength(segments),
    etag: toEtag([report.id, "zip", ...parts.flatMap((part) => [part.name, part.crc32, part.deflated_bytes])]),
    fileName: `${report.name}.zip`,
    read: (range) => readSegments(segments, range),
  });
}

/**
 * One part in the report's format, or a range of it.
 *
 * @throws AppError not-found when the report has no part of that name
 */
export function answerPart({ report, parts }: ReadableReport, name: string, headers: Headers): Answer {
  const part = parts.find((candidate) => candidate.name === name);
  if (!part)
    throw new AppError("not-found", `Report ${report.id} has no part ${name}; its parts are listed under resources.`);
  return answerRange(headers, {
    contentType: REPORT_WRITERS[report.format].contentType,
    bytes: part.bytes,
    etag: toEtag([report.id, part.name, part.crc32, part.bytes]),
    fileName: part.name,
    read: (range) => readDeflatedFile(part.path, range),
  });
}

function answerRange(headers: Headers, whole: Representation): Answer {
  const { bytes, contentType, etag } = whole;
  if (isNotModified(headers, { etag, modifiedAt: Infinity })) return { status: 304, headers: { etag }, empty: true };
  const range = toText(headers.range);
  const selected = selectRange({ range, ifRange: toText(headers["if-range"]) }, bytes, etag);
  const common = {
    etag,
    "accept-ranges": "bytes",
    "content-disposition": toContentDisposition(whole.fileName),
  };
  if (selected.kind === "unsatisfiable") {
    const message = `Range asks for ${range}, but there are ${bytes} bytes`;
    throw new AppError("range-not-satisfiable", message, { headers: { "content-range": `bytes */${bytes}` } });
  }
  if (selected.kind === "whole") {
    return { headers: common, stream: whole.read({ first: 0, last: bytes - 1 }), contentType, bytes };
  }
  const { first, last } = selected;
  return {
    status: 206,
    headers: { ...common, "content-range": `bytes ${first}-${last}/${bytes}` },
    stream: whole.read({ first, last }),
    contentType,
    bytes: last - first + 1,
  };
}

function toText(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(", ") : header;
}

function toEtag(identity: readonly (string | number)[]): string {
  return `"${createHash("sha256").update(JSON.stringify(identity)).digest("base64url").slice(0, 27)}"`;
}

/** RFC 6266: a plain name for everybody and the real one in UTF-8 where it differs. */
function toContentDisposition(name: string): string {
  const safe = name.replace(/[\p{Cc}\p{Cf}/\\:*?"<>|]+/gu, "_").toWellFormed();
  const plain = safe.replace(/[^\x20-\x7e]+/g, "_");
  if (plain === safe) return `attachment; filename="${plain}"`;
  const encoded = encodeURIComponent(safe).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
