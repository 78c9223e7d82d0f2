import { existsSync, readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";
import { openIntake } from "../intake/index.ts";
import {
  FIXTURES,
  findingsOf,
  type Input,
  inPieces,
  issuesOf,
  read,
  readInputs,
  scanFormatIds,
  splitAtText,
} from "./bad-input.fixture.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const HUGE_CHARS = 64 * 1024 ** 2;
/** What all events of a file with one huge text may hold: the parsers cut or refuse what is longer than some MiB. */
const MAX_EVENT_CHARS = 16 * 1024 ** 2;
/** What reading it may hold at any time. */
const MAX_HELD_BYTES = 48 * 1024 ** 2;
const WEIGH_EVERY_BYTES = 8 * 1024 ** 2;
const DEPTH = 100_000;

/** A text of so many characters between two others, made as it is read. */
async function* around(before: string, chars: number, after: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(before);
  const piece = Buffer.alloc(65_536, "x");
  for (let left = chars; left > 0; left -= piece.length) yield piece.subarray(0, left);
  yield Buffer.from(after);
}

/** What is held after the garbage is gone, in bytes. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The pieces, and the most that was held between them beyond what was held before. */
async function* weighed(pieces: AsyncIterable<Uint8Array>, most: { bytes: number }): AsyncGenerator<Uint8Array> {
  const before = heldBytes();
  let given = 0;
  for await (const piece of pieces) {
    yield piece;
    given += piece.length;
    if (given % WEIGH_EVERY_BYTES < piece.length) most.bytes = Math.max(most.bytes, heldBytes() - before);
  }
}

let inputs: ReadonlyMap<string, Input>;
beforeAll(async () => {
  inputs = await readInputs();
});

describe.each(scanFormatIds)("%s", (id) => {
  function input(): Input {
    const found = inputs.get(id);
    if (!found) throw new Error(`no fixture under ${FIXTURES} is recognised as ${id}`);
    return found;
  }

  it("cut in two: the first half is imported, and the run is not complete", async () => {
    const { bytes, events, syntax } = input();
    const found = await read(inPieces(bytes.subarray(0, bytes.length >> 1)));
    expect(found.at(-1)).toEqual(syntax === "csv" ? expect.anything() : { type: "end", isComplete: false });
    if (syntax !== "csv") expect(issuesOf(found).length).toBeGreaterThan(0);
    expect(findingsOf(found).length).toBeLessThanOrEqual(findingsOf(events).length);
  });

  it.each(["utf-16le", "utf-16be"])("in %s: the same events", async (encoding) => {
    const { text, events, syntax } = input();
    // The declaration would name another encoding than the one that the bytes have.
    const whole = Buffer.from(`\uFEFF${syntax === "xml" ? text.replace(/ encoding="[^"]*"/, "") : text}`, "utf16le");
    expect(await read(inPieces(encoding === "utf-16be" ? whole.swap16() : whole))).toEqual(events);
  });

  it("with bytes that are no UTF-8 in a text: everything else is read, and one warning says where", async () => {
    const { before, text, after } = splitAtText(input());
    const found = await read(inPieces(before, Buffer.from(`${text}\xe9`, "latin1"), after));
    expect(findingsOf(found)).toHaveLength(findingsOf(input().events).length);
    const told = found.flatMap((event) => (event.type === "issue" ? [event.issue] : []));
    expect(told.filter(({ code }) => code === "encoding-invalid")).toEqual([
      {
        level: "warning",
        code: "encoding-invalid",
        where: `byte ${Buffer.byteLength(before) + text.length}`,
        message: expect.stringMatching(/^1 byte is no UTF-8/),
      },
    ]);
  });

  it("with 64 MiB in one text: told, cut or left out, and an end is reached", { timeout: 120_000 }, async () => {
    const { before, after } = splitAtText(input());
    const most = { bytes: 0 };
    const found = await read(weighed(around(before, HUGE_CHARS, after), most));
    expect(most.bytes).toBeLessThan(MAX_HELD_BYTES);
    expect(found.at(-1)?.type).toBe("end");
    expect(issuesOf(found)).not.toEqual(issuesOf(input().events));
    expect(JSON.stringify(found).length).toBeLessThan(MAX_EVENT_CHARS);
  });

  it("nested 100,000 deep: refused there or passed over, what stands before is imported", async () => {
    const { text, syntax, events } = input();
    if (syntax === "csv") return;
    const at = syntax === "xml" ? text.lastIndexOf("</") : text.lastIndexOf("}");
    const deep = syntax === "xml" ? "<z>".repeat(DEPTH) : `,"z":${"[".repeat(DEPTH)}`;
    const close = syntax === "xml" ? "</z>".repeat(DEPTH) : "]".repeat(DEPTH);
    const found = await read(inPieces(text.slice(0, at), deep, close, text.slice(at)));
    // Where no record of JSON stands it does no harm.
    if (syntax === "json" && !issuesOf(found).includes("json-too-deep")) {
      expect(found).toEqual(events);
      return;
    }
    expect(found.at(-1)).toEqual({ type: "end", isComplete: false });
    expect(issuesOf(found).join()).toMatch(/too-deep/);
  });

  it("with members called __proto__: nothing is inherited from a file", async () => {
    const { text, events, syntax } = input();
    if (syntax !== "json") return;
    const changed = text.replaceAll(/\{(\s*")/g, '{"__proto__":{"id":"bad","name":"bad"},$1');
    expect(await read(inPieces(changed))).toEqual(events);
    expect(Reflect.get({}, "name")).toBeUndefined();
  });
});

it("an empty file, and one of no known format, are refused with what can be imported", async () => {
  expect(issuesOf(await read(inPieces()))).toEqual(["file-empty"]);
  for await (const event of openIntake(inPieces('{"bomFormat": "Other", "runs": 1}'))) {
    expect(JSON.stringify(event)).toContain("CycloneDX");
  }
});

it("every format has a folder of its own, and fixtures in one of the same name", () => {
  for (const id of scanFormatIds) {
    const folder = readdirSync(FIXTURES).find((name) => id === name || id.startsWith(`${name}-`));
    expect(folder, id).toBeDefined();
    expect(existsSync(new URL(`./${folder}/index.ts`, import.meta.url))).toBe(true);
  }
});
