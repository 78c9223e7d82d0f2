import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultXmlLimits, NOTHING, XmlError, type XmlInterest, XmlReader, type XmlTag } from "./index.ts";

type Part = [what: string, text: string, line?: number];

const WANTED = new Set(["out"]);
const OTHER = new Set(["out", "b"]);

/** Of items, `out` alone is wanted, or what `k` says; of the rest everything. */
function read(bytes: Uint8Array, cuts: number[], hasLikeness: boolean) {
  const parts: Part[] = [];
  const interestOf = (name: string, tag: XmlTag): XmlInterest => {
    if (name === "none") return NOTHING;
    if (name !== "item") return true;
    const children = tag.attribute("k") === "b" ? OTHER : WANTED;
    return { children, ...(hasLikeness && { likeness: tag.attribute("id") ?? "" }) };
  };
  const reader = new XmlReader(
    {
      open: (name, tag) => {
        parts.push(["open", `${name} ${JSON.stringify(tag.attributes())}`, tag.line]);
        return interestOf(name, tag);
      },
      text: (piece) => {
        const last = parts.at(-1);
        if (last?.[0] === "text") last[1] += piece;
        else parts.push(["text", piece]);
      },
      close: (name) => parts.push(["close", name]),
    },
    { ...defaultXmlLimits, maxDepth: 5 },
  );
  let error: [string, number, string] | null = null;
  try {
    let from = 0;
    for (const cut of [...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length]) {
      reader.write(Uint8Array.from(bytes.subarray(from, cut)));
      from = cut;
    }
    reader.end();
  } catch (caught) {
    if (!(caught instanceof XmlError)) throw caught;
    error = [caught.code, caught.line, caught.message];
  }
  return { parts, error };
}

const prose = fc.constantFrom(
  "",
  "\n",
  "a\n\nb",
  "<a>x</a>",
  "<b/>",
  "<!-- <out> -->",
  "<![CDATA[</item>\n]]>",
  "<a><out/></a>",
  "<a><b>1</b></a>",
  "&lt;",
  "<none><out/></none>",
  "<?p <out>?>",
  "]]",
  ">",
);
const output = fc.constantFrom("", "<out>1</out>", "<out/>", "<out>\n<a>2</a></out>");
const broken = fc.oneof(
  { arbitrary: fc.constant(""), weight: 30 },
  fc.constantFrom("&x;", "</a>", "<", "\u0001", "<a><a><a><a>", "]]>"),
);
/** Long enough that the tag is remembered. */
const title = fc.constantFrom(
  `t="${"a title that items of one kind share ".repeat(2)}"`,
  `t="${"a title that items of one kind share ".repeat(2)}" u='>'`,
  `t="a title with a line end\n and references &lt;&#10;&amp; that items of one kind share" u=''`,
);
const item = fc
  .tuple(
    fc.tuple(fc.constantFrom("1", "2"), fc.constantFrom("a", "b"), title),
    fc.array(prose, { maxLength: 3 }),
    output,
    prose,
    broken,
  )
  .map(([[id, k, t], before, out, after, bad]) => {
    const tag = `item id="${id}" k="${k}" ${t}`;
    return bad === "" && out === "" && after === ""
      ? `<${tag}/>`
      : `<${tag}>${before.join("")}${out}${after}${bad}</item>`;
  });
const part = fc.oneof(
  item,
  item.map((text) => `<deep>${text}</deep>`),
  prose,
  fc.constant("<none>\n<item id='1'><out/></item></none>"),
);
const file = fc.array(part, { maxLength: 12 }).map((parts) => `<r>${parts.join("")}</r>`);

describe("passages and tags that a document repeats", () => {
  it("are told as if they were read, however the document is cut and whatever is wrong with it", () => {
    fc.assert(
      fc.property(file, fc.array(fc.nat(600), { maxLength: 4 }), (text, cuts) => {
        const bytes = new TextEncoder().encode(text);
        expect(read(bytes, cuts, true)).toEqual(read(bytes, [], false));
      }),
      { numRuns: 2000 },
    );
  });

  const item1 = (inside: string, k = "a") => `<item id="1" k="${k}">${inside}<out/></item>`;
  const longTag = `<item\nid="2" k="a" t="${"a title that is long enough to be remembered ".repeat(2)}"/>`;
  it.each([
    ["something else follows", `${item1("a]]")}${item1("a]]>")}`],
    ["what follows is text", `${item1("a]]")}${item1("a]]&gt;")}`],
    ["more is wanted", `${item1("<b>1</b>")}${item1("<b>1</b>", "b")}`],
    ["they stand deeper", `${item1("<a><a><a/></a></a>")}<deep>${item1("<a><a><a/></a></a>")}</deep>`],
  ])("are told as if they were read where %s", (_, inside) => {
    const bytes = new TextEncoder().encode(`<r>${inside}</r>`);
    expect(read(bytes, [], true)).toEqual(read(bytes, [], false));
  });

  it("have the lines of tags that are known counted", () => {
    const { parts } = read(new TextEncoder().encode(`<r>${longTag.repeat(4)}<a/></r>`), [], true);
    expect(parts.filter(([what]) => what === "open").map(([, , line]) => line)).toEqual([1, 1, 2, 3, 4, 5]);
  });

  it("are held up to a limit", () => {
    const many = Array.from({ length: 600 }, (_, id) => `<item id="${id}">${"x".repeat(20_000)}${id}<out/></item>`);
    const bytes = new TextEncoder().encode(`<r>${many.join("")}${many.join("")}</r>`);
    expect(read(bytes, [], true)).toEqual(read(bytes, [], false));
  });
});
