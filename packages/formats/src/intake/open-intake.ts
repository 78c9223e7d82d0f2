import type { FeedEvent } from "../feeds/index.ts";
import type { AdvisoryEvent, ByteSource, CaptureEvent, Issue, ProjectFileEvent, ScanEvent } from "../records.ts";
import { Budget } from "./budget.ts";
import { ByteReader } from "./byte-reader.ts";
import { describeHead, HEAD_BYTES, isBlank, toFileHead } from "./file-head.ts";
import { type Format, formats } from "./formats.ts";
import { gunzip } from "./inflate.ts";
import { fatal, IntakeError } from "./intake-error.ts";
import { defaultIntakeLimits, type IntakeLimits } from "./limits.ts";
import { readZip } from "./zip.ts";

type MemberOf<Kind, Event> = {
  kind: Kind;
  /** {@link Format.id} */
  format: string;
  /** Name within the archive; null for an upload that is no archive. */
  name: string | null;
  /** To be read once, and before the next member is asked for. What is left unread is passed over. */
  parse: () => AsyncGenerator<Event[]>;
  /** {@link parse} by another reader of the member's bytes, one that tells an `end` too. */
  parseWith: <Told extends { type: string }>(
    reader: (bytes: ByteSource) => AsyncGenerator<Told[]>,
  ) => AsyncGenerator<(Told | IssueEvent)[]>;
};

type IssueEvent = { type: "issue"; issue: Issue };

/** One recognised file of an upload. */
export type IntakeMember =
  | MemberOf<"scan", ScanEvent>
  | MemberOf<"capture", CaptureEvent>
  | MemberOf<"projectfile", ProjectFileEvent>
  | MemberOf<"advisory", AdvisoryEvent>
  | MemberOf<"feed", FeedEvent>;

/** A file to parse, or something that could not be read. After a fatal issue, here or in a member, nothing follows. */
export type IntakeEvent = { type: "member"; member: IntakeMember } | { type: "issue"; issue: Issue };

/**
 * Recognises an upload by its content, unpacks gzip and zip on the way, and gives the files in it one after another.
 * Bad input never throws: it becomes an issue, here or among the member's own events, and a member whose bytes were
 * damaged ends with `isComplete: false`. Throws only when `source` throws.
 *
 * @param known formats, first match wins
 */
export async function* openIntake(
  source: ByteSource,
  limits: Partial<IntakeLimits> = {},
  known: readonly Format[] = formats,
): AsyncGenerator<IntakeEvent> {
  const reader = new ByteReader(source);
  const means: Means = { budget: new Budget({ ...defaultIntakeLimits, ...limits }), known };
  try {
    yield* readFile(reader, null, 0, means);
  } catch (error) {
    if (!(error instanceof IntakeError)) throw error;
    if (!error.isTold) yield { type: "issue", issue: error.issue };
  } finally {
    await reader.close();
  }
}

/** What all files of an upload are read with. */
type Means = { budget: Budget; known: readonly Format[] };

async function* readFile(
  reader: ByteReader,
  name: string | null,
  depth: number,
  means: Means,
): AsyncGenerator<IntakeEvent> {
  const { budget, known } = means;
  const mark = await reader.peek(4);
  if (mark.length === 0) {
    reader.assertSound();
    yield unreadable("file-empty", name, `${name ?? "the file"} is empty`);
    return;
  }
  const container = containerOf(mark);
  if (container === null) {
    yield* readContent(reader, name, known);
    return;
  }
  if (depth === budget.limits.maxNesting) {
    throw fatal(
      "nested-too-deep",
      `byte ${reader.position}`,
      `containers are nested deeper than maxNesting, ${budget.limits.maxNesting}; unpack the upload first`,
    );
  }
  if (container === "gzip") {
    yield* readFile(new ByteReader(gunzip(reader, budget)), name, depth + 1, means);
    return;
  }
  yield* readArchive(reader, name, depth, means);
}

async function* readArchive(
  reader: ByteReader,
  name: string | null,
  depth: number,
  means: Means,
): AsyncGenerator<IntakeEvent> {
  let hasFiles = false;
  // A .zef holds its project beside parts that only its own tool reads; of any other archive every file was meant.
  let isZef = false;
  let unknown: IntakeEvent[] = [];
  for await (const entry of readZip(reader, means.budget)) {
    hasFiles = true;
    const path = name === null ? entry.name : `${name}/${entry.name}`;
    for await (const event of readEntry(new ByteReader(entry.bytes), path, depth + 1, means)) {
      if (event.type === "issue" && PASSED_IN_ZEF.has(event.issue.code) && unknown.length < MAX_ZEF_PARTS) {
        unknown.push(event);
        continue;
      }
      isZef ||= event.type === "member" && event.member.format === "xef" && /^unitpro\.xef$/i.test(entry.name);
      if (!isZef) yield* unknown;
      unknown = [];
      yield event;
    }
  }
  if (!isZef) yield* unknown;
  if (!hasFiles) yield unreadable("archive-empty", name, `${name ?? "the archive"} holds no files`);
}

/** An archive with more of them is no project. */
const MAX_ZEF_PARTS = 1_000;
const PASSED_IN_ZEF: ReadonlySet<string> = new Set(["format-unknown", "file-empty", "archive-empty"]);

/** Damage of the entry itself does not end the archive; damage of the archive, or a limit, does. */
async function* readEntry(reader: ByteReader, path: string, depth: number, means: Means) {
  try {
    yield* readFile(reader, path, depth, means);
  } catch (error) {
    if (!(error instanceof IntakeError)) throw error;
    const isOfEntry = error.issue.fatal !== true || error.issue.code.startsWith("gzip-");
    if (!isOfEntry) throw error;
    if (!error.isTold) yield { type: "issue", issue: { ...error.issue, fatal: false } } as const;
  }
}

async function* readContent(
  reader: ByteReader,
  name: string | null,
  known: readonly Format[],
): AsyncGenerator<IntakeEvent> {
  const head = toFileHead(await reader.peek(HEAD_BYTES));
  const format = known.find((candidate) => candidate.sniff(head));
  if (format === undefined) {
    reader.assertSound();
    if (isBlank(head)) {
      yield unreadable("file-empty", name, `${name ?? "the file"} is empty: it holds nothing but white space`);
      return;
    }
    const what = `${name ?? "the file"} is ${describeHead(head)}, which cannot be imported`;
    const supported = known.map(({ title }) => title).join(", ");
    // Of an archive there may be thousands.
    const message = name === null ? `${what}; supported are ${supported}, also in gzip or zip` : what;
    yield unreadable("format-unknown", name, message);
    return;
  }
  const damage: IntakeError[] = [];
  yield { type: "member", member: toMember(format, name, reader, damage) };
  const [first] = damage;
  if (first?.issue.fatal === true) throw first;
}

function toMember(format: Format, name: string | null, reader: ByteReader, damage: IntakeError[]): IntakeMember {
  const bytes = () => untilDamaged(reader, damage);
  const parseWith = <Told extends { type: string }>(reader: (bytes: ByteSource) => AsyncGenerator<Told[]>) =>
    withDamage<Told | IssueEvent>(reader(bytes()), damage);
  const common = { format: format.id, name, parseWith };
  // The branches differ in the event type only, which the compiler cannot carry through a union.
  switch (format.kind) {
    case "scan":
      return { kind: "scan", ...common, parse: () => withDamage(format.parse(bytes()), damage) };
    case "capture":
      return { kind: "capture", ...common, parse: () => withDamage(format.parse(bytes()), damage) };
    case "projectfile":
      return { kind: "projectfile", ...common, parse: () => withDamage(format.parse(bytes()), damage) };
    case "advisory":
      return { kind: "advisory", ...common, parse: () => withDamage(format.parse(bytes()), damage) };
    case "feed":
      return { kind: "feed", ...common, parse: () => withDamage(format.parse(bytes()), damage) };
  }
}

/** The member's bytes as far as they are good. */
async function* untilDamaged(reader: ByteReader, damage: IntakeError[]): AsyncGenerator<Uint8Array> {
  try {
    yield* reader.rest();
  } catch (error) {
    if (!(error instanceof IntakeError)) throw error;
    damage.push(error);
  }
}

/** Tells damage of the bytes among the parser's events: it may lie behind the last record, where no parser sees it. */
async function* withDamage<Event extends { type: string }>(
  batches: AsyncGenerator<Event[]>,
  damage: IntakeError[],
): AsyncGenerator<Event[]> {
  let told = 0;
  for await (const batch of batches) {
    const found = damage.slice(told).map(toIssueEvent<Event>);
    told = damage.length;
    const events = damage.length === 0 ? batch : batch.map(asIncomplete);
    yield found.length === 0 ? events : [...found, ...events];
  }
}

function toIssueEvent<Event>(error: IntakeError): Event {
  error.isTold = true;
  return { type: "issue", issue: error.issue } as Event;
}

function asIncomplete<Event extends { type: string }>(event: Event): Event {
  return event.type === "end" ? { ...event, isComplete: false } : event;
}

function containerOf(mark: Uint8Array): "gzip" | "zip" | null {
  const [a, b, c, d] = mark;
  if (a === 0x1f && b === 0x8b) return "gzip";
  const isZip = a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6));
  return isZip ? "zip" : null;
}

/** Fatal for an upload that is one file; in an archive the other files go on. */
function unreadable(code: string, name: string | null, message: string): IntakeEvent {
  const issue: Issue = { level: "refused", code, where: name ?? "byte 0", message };
  return { type: "issue", issue: name === null ? { ...issue, fatal: true } : issue };
}
