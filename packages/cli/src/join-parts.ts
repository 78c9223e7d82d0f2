import { CommandFailure } from "./failure.ts";

export type RecordFormat = "json" | "csv" | "jsonl";

type Chunks = AsyncIterable<Uint8Array>;

const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const NEWLINE = 0x0a;

/** The parts of a report as one document of the same format, without holding more than a chunk. */
export async function* joinParts(parts: AsyncIterable<Chunks>, format: RecordFormat): AsyncGenerator<Uint8Array> {
  if (format === "json") yield* joinArrays(parts);
  else if (format === "csv") yield* joinTables(parts);
  else for await (const part of parts) yield* part;
}

/** Every part has the header line, which the whole shall have once. */
async function* joinTables(parts: AsyncIterable<Chunks>): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const part of parts) {
    yield* isFirst ? part : skipThrough(part, NEWLINE);
    isFirst = false;
  }
}

/** Arrays of objects become one array. */
async function* joinArrays(parts: AsyncIterable<Chunks>): AsyncGenerator<Uint8Array> {
  let separator = "[";
  for await (const part of parts) {
    for await (const chunk of elementsOf(part)) {
      if (separator !== "") yield Buffer.from(separator);
      separator = "";
      yield chunk;
    }
    if (separator === "") separator = ",";
  }
  yield Buffer.from(separator === "[" ? "[]\n" : "]\n");
}

/** What stands between the outer brackets of an array of objects. */
async function* elementsOf(part: Chunks): AsyncGenerator<Uint8Array> {
  // An object ends with a brace: brackets and space at the end of a chunk may be those that close the array.
  let held = Buffer.alloc(0);
  for await (const chunk of skipThrough(part, OPENING_BRACKET)) {
    const bytes = Buffer.concat([held, chunk]);
    const end = endOfElements(bytes);
    if (end > 0) yield bytes.subarray(0, end);
    held = bytes.subarray(end);
  }
  if (!held.includes(CLOSING_BRACKET)) throw new CommandFailure("a part of the report is cut; run the command again");
}

function endOfElements(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && isClosing(bytes[end - 1] ?? 0)) end -= 1;
  return end;
}

function isClosing(byte: number): boolean {
  return byte === CLOSING_BRACKET || byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}

async function* skipThrough(part: Chunks, mark: number): AsyncGenerator<Uint8Array> {
  let isFound = false;
  for await (const chunk of part) {
    if (isFound) {
      yield chunk;
      continue;
    }
    const at = chunk.indexOf(mark);
    isFound = at >= 0;
    if (isFound && at + 1 < chunk.length) yield chunk.subarray(at + 1);
  }
}
