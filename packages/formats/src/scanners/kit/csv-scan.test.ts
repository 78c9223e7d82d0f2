import { parse as parseCsv } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ScanEvent } from "../../records.ts";
import { findCsvHeader } from "./csv-head.ts";
import { type CsvRecord, CsvRowReader } from "./csv-row-reader.ts";
import { type CsvRow, csvScan } from "./csv-scan.ts";
import { decodeCsv } from "./csv-text.ts";

async function* inPieces(bytes: Uint8Array, cuts: readonly number[] = []): AsyncGenerator<Uint8Array> {
  const ends = [...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length];
  for (const [index, end] of ends.entries()) yield bytes.subarray(ends[index - 1] ?? 0, end);
}

const cuts = fc.array(fc.nat(400), { maxLength: 12 });

function readRows(text: string, at: readonly number[] = [], delimiter = ","): CsvRecord[] {
  const reader = new CsvRowReader(delimiter);
  const ends = [...at.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
  const rows = ends.flatMap((end, index) => [...reader.write(text.slice(ends[index - 1] ?? 0, end))]);
  const { record } = reader.end();
  return record ? [...rows, record] : rows;
}

describe("CsvRowReader", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", " ", '"', ",", ";", "\t", "|", "\n", "\r\n", "é", "😀") });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

  it("reads what was written with quotes, whatever the delimiter, the line end and the cuts", () => {
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
    fc.assert(
      fc.property(
        rows,
        fc.constantFrom(",", ";", "\t", "|"),
        lineEnd,
        fc.boolean(),
        cuts,
        (table, mark, eol, hasEnd, at) => {
          const text = table.map((row) => row.map(quoted).join(mark)).join(eol) + (hasEnd ? eol : "");
          expect(readRows(text, at, mark).map(({ cells }) => cells)).toEqual(table);
        },
      ),
    );
  });

  it("agrees with csv-parse on any text without stray quotes", () => {
    const plain = fc.string({ unit: fc.constantFrom("a", "b", " ", "é", "-") });
    const table = fc.array(fc.array(fc.oneof(plain, cell.map(quoted)), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(table, cuts, (rows, at) => {
        const text = rows.map((row) => row.join(",")).join("\n");
        const theirs = parseCsv(text, { relax_column_count: true, record_delimiter: ["\n"] }) as string[][];
        const isBlank = (cells: readonly string[]) => cells.length === 1 && cells[0] === "";
        const ours = readRows(text, at).map(({ cells }) => cells);
        expect(ours.filter((cells) => !isBlank(cells))).toEqual(theirs.filter((cells) => !isBlank(cells)));
      }),
    );
  });

  it("tells the line on which each row starts", () => {
    expect(readRows('a,"b\nc"\r\nd,e\n\n"f\r\n\n",g').map(({ line, cells }) => [line, cells[0]])).toEqual([
      [1, "a"],
      [3, "d"],
      [4, ""],
      [5, "f\r\n\n"],
    ]);
  });

  it("takes a quote in the middle of a cell for a quote", () => {
    expect(readRows('"he said "no" twice",b\na"b,"c"\n').map(({ cells }) => cells)).toEqual([
      ['he said "no" twice', "b"],
      ['a"b', "c"],
    ]);
  });

  it("keeps the beginning of what is too large, and the rows behind it", () => {
    const reader = new CsvRowReader(",", { limits: { maxCellChars: 5, maxRowChars: 8, maxCells: 3 } });
    const rows = [...reader.write('"123456789",abcdef,x,y\n1,2\n')];
    expect(rows.map(({ cells, isCut }) => [cells, isCut])).toEqual([
      [["12345", "abc", ""], true],
      [["1", "2"], false],
    ]);
  });
});

describe("decodeCsv", () => {
  const decode = async (bytes: Uint8Array, at: readonly number[] = []) => {
    let text = "";
    for await (const piece of decodeCsv(inPieces(bytes, at))) text += piece;
    return text;
  };

  it("reads UTF-8 and UTF-16 with and without a mark", async () => {
    const text = "name,naïve;Größe 😀";
    const swapped = Buffer.from(`\uFEFF${text}`, "utf16le").swap16();
    for (const bytes of [
      Buffer.from(text),
      Buffer.from(`\uFEFF${text}`),
      Buffer.from(`\uFEFF${text}`, "utf16le"),
      swapped,
    ]) {
      expect(await decode(bytes)).toBe(text);
      expect(await decode(bytes, [1, 2, 3, 4, 5, 11, 12, 13, 14, 22, 23, 24, 25])).toBe(text);
    }
  });

  it("reads bytes that are no UTF-8 as windows-1252, also beside UTF-8", async () => {
    expect(await decode(Buffer.from("a,Gr\xf6\xdfe,\x80\x93", "latin1"))).toBe("a,Größe,€“");
    expect(await decode(Buffer.concat([Buffer.from("Größe,"), Buffer.from("Gr\xf6\xdfe", "latin1")]))).toBe(
      "Größe,Größe",
    );
  });

  it("gives the same text however any bytes are cut", async () => {
    const byte = fc.constantFrom(0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xff, 0xed, 0xa0);
    await fc.assert(
      fc.asyncProperty(fc.array(byte, { maxLength: 40 }), fc.array(fc.nat(40), { maxLength: 8 }), async (bytes, at) => {
        const file = Buffer.from([0x61, 0x61, ...bytes]);
        expect(await decode(file, at)).toBe(await decode(file));
      }),
    );
  });

  it("leaves valid UTF-8 as it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), cuts, async (text, at) => {
        const whole = `aa${text.replaceAll("\0", "")}`;
        expect(await decode(Buffer.from(whole), at)).toBe(whole);
      }),
    );
  });
});

describe("findCsvHeader", () => {
  const isHeader = (columns: readonly string[]) => columns.includes("ip") && columns.includes("title");

  it("finds the columns behind a preamble, and the delimiter with them", () => {
    expect(findCsvHeader('sep=;\n"Report, made by, a, b, c, d"\n"IP";"Title";"Notes; more"\n', isHeader)).toEqual({
      columns: ["ip", "title", "notes; more"],
      delimiter: ";",
      line: 3,
      end: 63,
    });
    for (const mark of [",", ";", "\t", "|"]) {
      expect(findCsvHeader(["ip", "title"].join(mark), isHeader, { isWhole: true })?.delimiter).toBe(mark);
    }
    expect(findCsvHeader("ip,title", isHeader)).toBeNull();
    expect(findCsvHeader(`${"x\n".repeat(60)}ip,title\n`, isHeader)).toBeNull();
  });
});

describe("csvScan", () => {
  const parse = csvScan<null>({
    product: "Test",
    isHeader: (columns) => columns.includes("host") && columns.includes("id"),
    start: () => null,
    row: (row: CsvRow, { out, where }) => {
      const check = { id: row.id ?? "", title: row.title ?? "", severity: 3 as const };
      out.finding({ name: row.host ?? "" }, check, { evidence: row.evidence ?? "" }, where);
    },
  });
  const read = async (bytes: Uint8Array, at: readonly number[] = []) => {
    const events: ScanEvent[] = [];
    for await (const batch of parse(inPieces(bytes, at))) events.push(...batch);
    return events;
  };
  const issues = (events: readonly ScanEvent[]) =>
    events.flatMap((event) => (event.type === "issue" ? [[event.issue.code, event.issue.where]] : []));
  const ids = (events: readonly ScanEvent[]) =>
    events.flatMap((event) => (event.type === "finding" ? [event.finding.checkId] : []));

  it("tells the same however a file is cut, also one longer than what is looked at for the columns", async () => {
    const rows = Array.from({ length: 3_000 }, (_, i) => `h${i % 7},c${i},"title, ""${i}""\nof it",é${i}`);
    const file = Buffer.from(`made by,x\n\nHost,ID,Title,Evidence\n${rows.join("\n")}\n`);
    expect(file.length).toBeGreaterThan(100_000);
    const whole = await read(file);
    expect(ids(whole)).toHaveLength(3_000);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(file.length), { maxLength: 10 }), async (at) => {
        expect(await read(file, at)).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });

  it("leaves out a row with more cells than columns, and takes one with fewer", async () => {
    const events = await read(Buffer.from("host,id,title\na,1,x,,\na,2,x,y\na,3\na,4,x\n"));
    expect(ids(events)).toEqual(["1", "3", "4"]);
    expect(issues(events)).toEqual([["csv-row-too-long", "line 3"]]);
    expect(events.at(-1)).toEqual({ type: "end", isComplete: false });
  });

  it("knows a file that was cut within a row, and does not call it complete", async () => {
    const whole = 'host,id,title\na,1,x\nb,2,"long ""title"""';
    for (const rest of [
      "b",
      "b,",
      "b,2",
      'b,2,"',
      'b,2,"lo',
      'b,2,"long ""',
      'b,2,"long ""tit',
      'b,2,"long ""title""',
    ]) {
      const events = await read(Buffer.from(whole.slice(0, whole.indexOf("b,2") + rest.length)));
      expect([rest, issues(events)]).toEqual([rest, [["csv-truncated", "line 3"]]]);
      expect(ids(events)).toEqual(["1"]);
      expect(events.at(-1)).toEqual({ type: "end", isComplete: false });
    }
    expect(issues(await read(Buffer.from(whole)))).toEqual([]);
  });

  it("keeps the beginning of a huge cell and all rows behind it", async () => {
    const file = Buffer.concat([
      Buffer.from('host,id,title,evidence\na,1,x,"'),
      Buffer.alloc(9_000_000, "y"),
      Buffer.from('"\na,2,x,z\n'),
    ]);
    const events = await read(file);
    expect(ids(events)).toEqual(["1", "2"]);
    expect(issues(events).map(([code]) => code)).toContain("record-cut");
    const evidence = events.flatMap((event) => (event.type === "finding" ? [event.finding.evidence.length] : []));
    expect(evidence).toEqual([1_048_576, 1]);
  });

  it("says so when no line names the columns", async () => {
    for (const text of ["", "a,b\n1,2\n", "x".repeat(200_000)]) {
      const events = await read(Buffer.from(text));
      expect(issues(events)).toEqual([["csv-header-missing", "line 1"]]);
      expect(events.at(-1)).toEqual({ type: "end", isComplete: false });
    }
  });

  it("lets no column name reach a prototype", async () => {
    const events = await read(Buffer.from("host,id,__proto__,constructor\na,1,x,y\n"));
    expect(ids(events)).toEqual(["1"]);
  });
});
