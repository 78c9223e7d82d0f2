import { decodeJson, JsonError, JsonRecordReader } from "../json/index.ts";
import type { ByteSource, CaptureEvent, CaptureParser, CaptureSummary, Issue } from "../records.ts";
import { pathOfRecord, toZeekRecord } from "./json-records.ts";
import { ZeekTsvReader } from "./tsv-reader.ts";
import { zeekLogs } from "./zeek-logs.ts";
import { recordTime, type ZeekRecord } from "./zeek-record.ts";

const EVENTS_PER_BATCH = 500;
const STEP_BYTES = 65_536;
/** Issues of one code that are told one by one. */
const MAX_ISSUES_PER_CODE = 100;
/** Logs that are named when they are not read. */
const MAX_NAMED_LOGS = 20;

/**
 * Reads a Zeek log, tab-separated or JSON (a value a line, or an array), into the statements that a capture of the same
 * traffic gives. The evidence's frame is the number of the line or record. Memory does not grow with the file.
 *
 * Issues: `zeek-log-unsupported`, `zeek-record`, `zeek-line-too-long`, those of the JSON reader.
 */
export const parseZeek: CaptureParser = async function* parseZeek(source) {
  const [first, whole] = await peekByte(source);
  yield* first === "#" ? readTsv(whole) : readJson(whole);
};

async function* readTsv(source: ByteSource): AsyncGenerator<CaptureEvent[]> {
  const log = new ZeekLogReader();
  const reader = new ZeekTsvReader({
    record: (path, record, where) => log.add(path, record, Number(where.slice("line ".length))),
    refused: (code, where, message) => log.refuse(code, where, message),
  });
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += STEP_BYTES) {
      reader.write(chunk.subarray(at, at + STEP_BYTES));
      if (log.isBatchFull) yield log.takeEvents();
    }
  }
  reader.end();
  yield log.finish();
}

async function* readJson(source: ByteSource): AsyncGenerator<CaptureEvent[]> {
  const log = new ZeekLogReader();
  let number = 0;
  const reader = new JsonRecordReader(["", "*"], {
    record: (_pattern, value) => {
      number += 1;
      const record = toZeekRecord(value);
      if (record === null) log.refuse("zeek-record", `record ${number}`, "the record is no JSON object");
      else log.add(pathOfRecord(record) ?? "", record, number);
    },
    refused: (code, _where, message) => {
      number += 1;
      log.refuse(code, `record ${number}`, message);
    },
  });
  try {
    for await (const chunk of decodeJson(source)) {
      for (let at = 0; at < chunk.length; at += STEP_BYTES) {
        reader.write(chunk.subarray(at, at + STEP_BYTES));
        if (log.isBatchFull) yield log.takeEvents();
      }
    }
    reader.end();
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    log.fail(error.code, `record ${number + 1}`, `${error.message}; what stands before was imported`);
  }
  yield log.finish();
}

/** Events of one file's records, in batches. */
class ZeekLogReader {
  #events: CaptureEvent[] = [];
  #isComplete = true;
  #isAnyRead = false;
  readonly #unread = new Map<string, { line: number; records: number }>();
  readonly #issues = new Map<string, number>();
  readonly #summary: CaptureSummary = { frames: 0, bytes: 0, firstSeen: null, lastSeen: null, skipped: {} };

  get isBatchFull(): boolean {
    return this.#events.length >= EVENTS_PER_BATCH;
  }

  add(path: string, record: ZeekRecord, line: number): void {
    this.#summary.frames += 1;
    const read = zeekLogs.get(path);
    if (read === undefined) {
      this.#skip(path, line);
      return;
    }
    this.#isAnyRead = true;
    const seenAt = recordTime(record);
    const events = seenAt === null ? null : read(record, { line, seenAt });
    if (seenAt === null || events === null) {
      const message = `the record of ${path}.log lacks its time, its addresses or what it is about`;
      this.refuse("zeek-record", `line ${line}`, message);
      return;
    }
    this.#summary.firstSeen = Math.min(this.#summary.firstSeen ?? seenAt, seenAt);
    this.#summary.lastSeen = Math.max(this.#summary.lastSeen ?? seenAt, seenAt);
    this.#events.push(...events);
  }

  refuse(code: string, where: string, message: string): void {
    const count = (this.#issues.get(code) ?? 0) + 1;
    this.#issues.set(code, count);
    if (count <= MAX_ISSUES_PER_CODE) this.#tell({ level: "refused", code, where, message });
  }

  fail(code: string, where: string, message: string): void {
    this.#isComplete = false;
    this.#tell({ level: "refused", code, where, message, fatal: true });
  }

  takeEvents(): CaptureEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  finish(): CaptureEvent[] {
    for (const [path, { line, records }] of this.#unread) this.#tellUnread(path, line, records);
    for (const [code, count] of this.#issues) {
      const untold = count - MAX_ISSUES_PER_CODE;
      const message = `${untold} more issues of this kind were counted but not listed.`;
      if (untold > 0) this.#tell({ level: "refused", code, where: "end of file", message, count: untold });
    }
    this.#events.push({ type: "end", isComplete: this.#isComplete, summary: this.#summary });
    return this.takeEvents();
  }

  #skip(path: string, line: number): void {
    const known = this.#unread.get(path);
    if (known !== undefined) known.records += 1;
    else if (this.#unread.size < MAX_NAMED_LOGS) this.#unread.set(path, { line, records: 1 });
    const skipped = this.#summary.skipped;
    skipped["log not read"] = (skipped["log not read"] ?? 0) + 1;
  }

  #tellUnread(path: string, line: number, records: number): void {
    const what = path === "" ? "a Zeek log of a kind that could not be told" : `Zeek's ${path.slice(0, 100)}.log`;
    const names = [...zeekLogs.keys()].map((name) => `${name}.log`).join(", ");
    const message = `${records} records are of ${what}, of which nothing is read; read are ${names}`;
    const issue: Issue = { level: "refused", code: "zeek-log-unsupported", where: `line ${line}`, message };
    this.#tell(this.#isAnyRead ? issue : { ...issue, fatal: true });
  }

  #tell(issue: Issue): void {
    this.#events.push({ type: "issue", issue });
  }
}

/** The first character of the file, and all of it. */
async function peekByte(source: ByteSource): Promise<[string, ByteSource]> {
  const iterator = source[Symbol.asyncIterator]();
  let first = await iterator.next();
  while (first.done !== true && first.value.length === 0) first = await iterator.next();
  const character = first.done === true ? "" : String.fromCharCode(first.value[0]!);
  const held = first;
  async function* whole(): AsyncGenerator<Uint8Array> {
    for (let next = held; next.done !== true; next = await iterator.next()) yield next.value;
  }
  return [character, whole()];
}
