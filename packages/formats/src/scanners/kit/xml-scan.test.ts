import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ScanEvent } from "../../records.ts";
import type { ScanWriter } from "./scan-writer.ts";
import { allText, childrenOf, textOf, type XmlElement, type XmlScanMapping, xmlScan } from "./xml-scan.ts";

async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length];
  for (const [index, end] of ends.entries()) yield bytes.subarray(ends[index - 1] ?? 0, end);
}

type Seen = { records: XmlElement[]; marks: string[] };

async function read(text: string | Buffer, mapping: Partial<XmlScanMapping<Seen>> = {}, cuts: readonly number[] = []) {
  const seen: Seen = { records: [], marks: [] };
  const events: ScanEvent[] = [];
  const parse = xmlScan<Seen>({
    product: "Test",
    start: () => seen,
    records: { "report/host": (element, { state }) => void state.records.push(element) },
    ...mapping,
  });
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  for await (const batch of parse(inPieces(bytes, cuts))) events.push(...batch);
  const issues = events.flatMap((event) =>
    event.type === "issue" ? [`${event.issue.code}, ${event.issue.where}`] : [],
  );
  return { ...seen, issues, events };
}

const first = ({ records }: Seen) => records[0] as XmlElement;

describe("xmlScan", () => {
  it("hands out the records whole, with attributes, text, children and lines", async () => {
    const found = await read('<report>\n<x><host/></x>\n<host n="1">a<b k="&lt;">t</b>c<b/>\n</host><host/></report>');
    expect(found.records.map(({ line }) => line)).toEqual([3, 4]);
    expect({ ...first(found).attributes }).toEqual({ n: "1" });
    expect(first(found).text).toBe("ac");
    expect(childrenOf(first(found), "b").map(({ attributes, text }) => [attributes.k, text])).toEqual([
      ["<", "t"],
      [undefined, ""],
    ]);
    expect(found.issues).toEqual([]);
  });

  it("tells of elements that are too large to hold when they start and end", async () => {
    const mark =
      (name: string) =>
      ({ state }: { state: Seen }) =>
        void state.marks.push(name);
    const found = await read('<report v="2"><host/></report>', {
      open: { report: ({ v }, { state }) => void state.marks.push(`open ${v}`) },
      close: { report: mark("close") },
      records: { "report/host": (_, { state }) => void state.marks.push("host") },
    });
    expect(found.marks).toEqual(["open 2", "host", "close"]);
  });

  it("gives the same however the file is cut", async () => {
    const host = fc.constantFrom(
      "<host a='1'>é&amp;<![CDATA[<x>]]></host>",
      "<host><a><b>1</b><b>2</b></a> x </host>\n",
      "<other><host/></other><!-- <host/> -->",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(host, { maxLength: 8 }),
        fc.array(fc.nat(400), { maxLength: 9 }),
        async (hosts, cuts) => {
          const text = `<!DOCTYPE report [<!ELEMENT host ANY>]>\n<report>${hosts.join("")}</report>`;
          expect(await read(text, {}, cuts)).toEqual(await read(text));
        },
      ),
    );
  });

  it("passes a DOCTYPE over, with and without declarations, and expands nothing", async () => {
    for (const doctype of [
      "<!DOCTYPE report>",
      '<!DOCTYPE report SYSTEM "x.dtd">',
      "<!DOCTYPE report [<!ENTITY e 'x'>]>",
    ]) {
      expect((await read(`${doctype}\n<report><host/></report>`)).records).toHaveLength(1);
    }
    const bomb = await read("<!DOCTYPE report [<!ENTITY e 'x'>]>\n<report><host/><host>&e;</host></report>");
    expect(bomb.records).toHaveLength(1);
    expect(bomb.issues).toEqual(["entity-refused, line 2"]);
    expect(bomb.events.at(-1)).toEqual({ type: "end", isComplete: false });
  });

  it("keeps the first part of a record that is too large, its frame included, and the records behind it", async () => {
    const limits = { maxRecordChars: 10, maxRecordElements: 100 };
    const long = await read("<report><host><a><b>12345678</b><b>90123</b><b>x</b></a></host><host>y</host></report>", {
      limits,
    });
    expect(childrenOf(first(long), "a/b").map(({ text }) => text)).toEqual(["12345678", "90"]);
    expect(long.records[1]?.text).toBe("y");
    expect(long.issues).toEqual(["record-cut, line 1"]);
    const many = await read(`<report><host><a>${"<b/>".repeat(500)}</a></host></report>`, { limits });
    expect(childrenOf(first(many), "a/b")).toHaveLength(98);
    const attributes = await read(`<report><host>${'<b k="1234567"/>'.repeat(50)}</host></report>`, { limits });
    expect(childrenOf(first(attributes), "b")).toHaveLength(2);
  });

  it("passes over what is to be left out, however large, and keeps what stands behind it", async () => {
    const text = `<report><host><raw><raw/>${"x".repeat(5_000_000)}<a>no</a></raw><a>yes</a></host><raw><host/></raw></report>`;
    const found = await read(text, { leaveOut: ["raw"] });
    expect(found.records).toHaveLength(1);
    expect(first(found).children.map(({ name, text: told }) => [name, told])).toEqual([["a", "yes"]]);
    expect(found.issues).toEqual([]);
  });

  it("tells what is left in batches, each within the file's order", async () => {
    function* rest({ out }: { out: ScanWriter }) {
      for (let i = 0; i < 60_000; i++) {
        out.finding({ name: `h${i % 3}` }, { id: "1", title: "t", severity: 3 }, { port: i }, "line 1");
        yield;
      }
    }
    const { events } = await read("<report/>", { rest });
    expect(events.filter(({ type }) => type === "finding")).toHaveLength(60_000);
    expect(events.at(-1)).toEqual({ type: "end", isComplete: true });
  });

  it("holds no more of a huge text than the limit", async () => {
    const text = Buffer.concat([
      Buffer.from("<report><host><a>"),
      Buffer.alloc(20_000_000, "x"),
      Buffer.from("</a></host><host>y</host></report>"),
    ]);
    const found = await read(text);
    expect(textOf(first(found), "a")).toHaveLength(4_194_304);
    expect(found.records).toHaveLength(2);
    expect(found.issues).toEqual(["record-cut, line 1"]);
  });

  it("lets no name of the file reach a prototype", async () => {
    for (const name of ["__proto__", "constructor", "hasOwnProperty"]) {
      const found = await read(`<${name} ${name}="1"/>`, { open: {}, close: {} });
      expect(found.issues).toEqual([]);
      const inside = await read(`<report><host ${name}="1"><${name}>t</${name}></host></report>`);
      expect(textOf(first(inside), name)).toBe("t");
      expect(first(inside).attributes[name]).toBe("1");
      expect(first(inside).attributes.toString).toBeUndefined();
    }
  });

  it("ends where the file ends too early, and says so", async () => {
    const found = await read("<report><host/><host><a>");
    expect(found.records).toHaveLength(1);
    expect(found.issues).toEqual(["xml-truncated, line 1"]);
    expect(found.events.at(-1)).toEqual({ type: "end", isComplete: false });
  });

  it("joins all text of an element with markup in it", async () => {
    const found = await read("<report><host>a<p>b<i>c</i></p><p> </p></host></report>");
    expect(allText(first(found))).toBe("a\nb\nc");
    expect(allText(undefined)).toBe("");
  });
});
