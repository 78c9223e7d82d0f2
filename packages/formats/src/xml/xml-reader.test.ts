import fc from "fast-check";
import { SaxesParser } from "saxes";
import { describe, expect, it } from "vitest";
import { defaultXmlLimits, XmlError, type XmlLimits, XmlReader } from "./index.ts";

type Part = ["open", string, [string, string][]] | ["text", string] | ["close", string];

/** Collects parts, joining pieces of one text, because where a text is cut is nobody's business. */
class Recorder {
  readonly parts: Part[] = [];

  open(name: string, attributes: [string, string][]): void {
    this.parts.push(["open", name, attributes]);
  }

  text(piece: string): void {
    const last = this.parts.at(-1);
    if (last?.[0] === "text") last[1] += piece;
    else if (piece !== "") this.parts.push(["text", piece]);
  }

  close(name: string): void {
    this.parts.push(["close", name]);
  }
}

function readOurs(bytes: Uint8Array, cuts: number[] = [], limits: Partial<XmlLimits> = {}) {
  const recorder = new Recorder();
  const handler = {
    open: (name: string, tag: { attributes(): [string, string][] }) => {
      recorder.open(name, tag.attributes());
      return true;
    },
    text: (piece: string) => recorder.text(piece),
    close: (name: string) => recorder.close(name),
  };
  const reader = new XmlReader(handler, { ...defaultXmlLimits, ...limits });
  let error: XmlError | null = null;
  try {
    let from = 0;
    for (const cut of [...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length]) {
      // A buffer of its own that is overwritten afterwards: the reader may keep nothing of it.
      const chunk = Uint8Array.from(bytes.subarray(from, cut));
      reader.write(chunk);
      chunk.fill(0);
      from = cut;
    }
    reader.end();
  } catch (caught) {
    if (!(caught instanceof XmlError)) throw caught;
    error = caught;
  }
  return { parts: recorder.parts, error };
}

function readSaxes(text: string) {
  const recorder = new Recorder();
  const parser = new SaxesParser({ xmlns: false });
  let depth = 0;
  parser.on("opentag", ({ name, attributes }) => {
    depth++;
    recorder.open(name, Object.entries(attributes));
  });
  parser.on("closetag", ({ name }) => {
    depth--;
    recorder.close(name);
  });
  const onText = (piece: string) => {
    if (depth > 0) recorder.text(piece);
  };
  parser.on("text", onText);
  parser.on("cdata", onText);
  parser.on("error", (error) => {
    throw error;
  });
  try {
    parser.write(text).close();
    return { parts: recorder.parts, isRefused: false };
  } catch {
    return { parts: recorder.parts, isRefused: true };
  }
}

const nameText = fc.constantFrom("a", "b", "ReportItem", "cm:check-id", "_x.1-2");
const rawText = fc
  .array(fc.constantFrom("x", " ", "\n", "\r", "\r\n", "\t", "é", "漢", "😀", "]", "]]", ">", "-", "?", '"', "'"), {
    maxLength: 12,
  })
  .map((parts) => parts.join(""));
const reference = fc.constantFrom(
  "&lt;",
  "&gt;",
  "&amp;",
  "&quot;",
  "&apos;",
  "&#65;",
  "&#x1F600;",
  "&#10;",
  "&#x0000041;",
);
const isClean = (text: string) => !text.includes("]]>") && !text.endsWith("]");
const content = fc.oneof(
  rawText.filter(isClean),
  reference,
  rawText.map((text) => `<![CDATA[${text.replaceAll(">", "")}<&]]>`),
  rawText.filter((text) => !text.includes("-")).map((text) => `<!--${text}-->`),
  rawText.filter((text) => !text.includes("?>")).map((text) => `<?note ${text}?>`),
);
const attribute = fc
  .tuple(
    fc.array(
      fc.oneof(
        rawText.filter((text) => !text.includes('"')),
        reference,
      ),
      { maxLength: 3 },
    ),
    fc.boolean(),
  )
  .map(([parts, isSpaced]) => `${isSpaced ? " = " : "="}"${parts.join("")}"`);
const startTag = fc
  .tuple(nameText, fc.uniqueArray(nameText, { maxLength: 3 }), fc.array(attribute, { minLength: 3, maxLength: 3 }))
  .map(([name, names, values]) => ({
    name,
    text: `${name}${names.map((key, i) => `\n ${key}${values[i]}`).join("")}`,
  }));
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 4 },
    startTag.map(({ text }) => `<${text}/>`),
    fc
      .tuple(startTag, fc.array(fc.oneof(content, tie("element")), { maxLength: 5 }), fc.constantFrom("", " ", "\n"))
      .map(([{ name, text }, children, space]) => `<${text}${space}>${children.join("")}</${name}${space}>`),
  ),
}));
const xmlDocument = fc
  .tuple(
    fc.constantFrom("", '<?xml version="1.0"?>', "<?xml version='1.0' encoding='UTF-8' ?>\n", "<!-- x -->"),
    element,
  )
  .map(([head, root]) => `${head}${root}\n`);
const cuts = fc.array(fc.nat(400), { maxLength: 6 });

/** saxes takes a question mark for the end of a target (`<?a?b ?>`); production 16 (PI) asks for white space there. */
const SAXES_IS_LAX = /<\?[\w.:-]+\?(?!>)/;

/** We pass white space before the XML declaration. */
const SAXES_IS_STRICT = /^[ \t\r\n]+<\?xml[\s?]/i;

const encode = (text: string) => new TextEncoder().encode(text);

describe("XmlReader beside saxes", () => {
  it("reports the same parts of any document, however it is cut", () => {
    fc.assert(
      fc.property(xmlDocument, cuts, (text, at) => {
        const ours = readOurs(encode(text), at);
        expect(ours.error).toBeNull();
        expect(ours.parts).toEqual(readSaxes(text).parts);
      }),
      { numRuns: 1000 },
    );
  });

  it("reports the same parts when every byte comes alone", () => {
    fc.assert(
      fc.property(xmlDocument, (text) => {
        const bytes = encode(text);
        const everywhere = Array.from({ length: bytes.length }, (_, at) => at);
        expect(readOurs(bytes, everywhere)).toEqual(readOurs(bytes));
      }),
    );
  });

  it("refuses what saxes refuses and nothing else, when one character of a document is changed", () => {
    const piece = fc.constantFrom(
      ..."<>&;/!?-[]='\" \n\u0001a#x",
      "<!--",
      "-->",
      "]]>",
      "<![CDATA[",
      "<?xml ?>",
      "&b;",
      "&#0;",
    );
    fc.assert(
      fc.property(xmlDocument, fc.nat(), piece, fc.nat(1), cuts, (text, place, inserted, removed, at) => {
        const from = place % text.length;
        const changed = text.slice(0, from) + inserted + text.slice(from + removed);
        // Half a surrogate pair is no text, and cannot be encoded.
        fc.pre(changed.isWellFormed() && !SAXES_IS_LAX.test(changed) && !SAXES_IS_STRICT.test(changed));
        const ours = readOurs(encode(changed), at);
        const theirs = readSaxes(changed);
        expect({ text: changed, isRefused: ours.error !== null }).toEqual({
          text: changed,
          isRefused: theirs.isRefused,
        });
        if (!theirs.isRefused) expect(ours.parts).toEqual(theirs.parts);
      }),
      { numRuns: 3000 },
    );
  });

  it("throws nothing but XmlError for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), cuts, (bytes, at) => void readOurs(bytes, at)),
      {
        numRuns: 1000,
      },
    );
  });
});

describe("XmlReader", () => {
  const refusal = (text: string, limits: Partial<XmlLimits> = {}) => {
    const { error } = readOurs(encode(text), [], limits);
    return [error?.code, error?.line];
  };

  it("refuses a DOCTYPE and every entity but the five predefined", () => {
    expect(refusal('<!DOCTYPE a [<!ENTITY b "c">]>\n<a/>')).toEqual(["doctype-refused", 1]);
    expect(refusal("<a>\n\n&b;</a>")).toEqual(["entity-refused", 3]);
    expect(refusal('<a b="&c;"/>')).toEqual(["entity-refused", 1]);
  });

  it("passes a DOCTYPE over when told to, and defines none of its entities", () => {
    const subset = `<!ENTITY % p "]>"><!ENTITY b '<!-- "'><!-- ]> ' " --><?p ]> ' ?><!ATTLIST a c CDATA "]>"> %p;\n`;
    const head = (text: string) => readOurs(encode(text), [], { doctype: "pass" });
    expect(head(`<!DOCTYPE a [${subset}]>\n<a>x</a>`)).toEqual(readOurs(encode("<a>x</a>")));
    expect(head(`<!DOCTYPE a PUBLIC "-//]>" 'http://x/>' [${subset}] ><a/>`).error).toBeNull();
    expect(refusal(`<!DOCTYPE a [${subset}]>\n<a>&b;</a>`, { doctype: "pass" })).toEqual(["entity-refused", 3]);
    expect(refusal("<!DOCTYPE a [<![INCLUDE[]]>]><a/>", { doctype: "pass" })[0]).toBe("doctype-refused");
    expect(refusal("<!DOCTYPE a><!DOCTYPE a><a/>", { doctype: "pass" })[0]).toBe("doctype-refused");
    expect(refusal("<!DOCTYPE a [<!ENTITY b 'c'>]", { doctype: "pass" })[0]).toBe("xml-truncated");
    expect(refusal(`<!DOCTYPE a [${" ".repeat(1_100_000)}]><a/>`, { doctype: "pass" })[0]).toBe("doctype-refused");
  });

  it("finds the end of a DOCTYPE wherever it is cut", () => {
    const part = fc.constantFrom(
      "<!ENTITY a ']>'>",
      '<!ENTITY b "<!--">',
      "<!-- ]>'\" -->",
      "<?p ]>' ?>",
      "%p;",
      "\n",
      "<!-- - -->",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), cuts, (parts, at) => {
        const found = readOurs(encode(`<!DOCTYPE r [${parts.join("")}]><r>text</r>`), at, { doctype: "pass" });
        expect(found).toEqual(readOurs(encode("<r>text</r>")));
      }),
    );
  });

  it("passes white space before the declaration, and nothing else", () => {
    expect(readOurs(encode('\n\r\n <?xml version="1.0"?>\n<a>\n</a>'))).toEqual(readOurs(encode("<a>\n</a>")));
    expect(refusal('\n\n<?xml version="1.0"?>\n<a>&b;</a>')).toEqual(["entity-refused", 4]);
    expect(refusal('\n<!-- x --><?xml version="1.0"?><a/>')[0]).toBe("xml-malformed");
    expect(refusal('<a/>\n<?xml version="1.0"?>')[0]).toBe("xml-malformed");
  });

  it("names the line where reading stopped", () => {
    expect(refusal('<a\nb="1">\n<!--\n-->\n<![CDATA[\n\n]]><b></c></a>')).toEqual(["xml-malformed", 7]);
    expect(refusal("<a>\n<b>\n")).toEqual(["xml-truncated", 3]);
    expect(refusal("\n\n<a>\u0000</a>")).toEqual(["xml-malformed", 3]);
  });

  it("tells an empty file from one that ends too early", () => {
    expect(readOurs(encode(" ")).error?.message).toBe("the file holds no element");
    expect(readOurs(encode("<a><b")).error?.message).toBe("the file ends inside element a");
    expect(readOurs(encode("<a/><!-- ")).error?.message).toContain("in the middle of a tag or comment");
  });

  it("refuses nesting and tags beyond the limits", () => {
    expect(refusal("<a><a><a/></a></a>", { maxDepth: 2 })[0]).toBe("xml-too-deep");
    expect(refusal(`<a b="${"x".repeat(200)}`, { maxTagBytes: 100 })[0]).toBe("xml-token-too-long");
    const attributes = Array.from({ length: 300 }, (_, i) => `a${i}="1"`).join(" ");
    expect(refusal(`<a ${attributes}/>`)[0]).toBe("xml-token-too-long");
  });

  it("decodes only the text that is wanted, and checks the rest all the same", () => {
    const pieces: string[] = [];
    const handler = {
      open: (name: string) => name === "b",
      text: (piece: string) => pieces.push(piece),
      close: () => undefined,
    };
    new XmlReader(handler).write(encode("<a>no<b>yes<c>no</c>, yes</b>no<![CDATA[no]]></a>"));
    expect(pieces).toEqual(["yes", ", yes"]);
    expect(() => new XmlReader(handler).write(encode("<a>&nope;</a>"))).toThrow(XmlError);
  });

  it("holds no more of a long text than one chunk", () => {
    let longest = 0;
    let total = 0;
    const handler = {
      open: () => true,
      text: (piece: string) => {
        longest = Math.max(longest, piece.length);
        total += piece.length;
      },
      close: () => undefined,
    };
    const reader = new XmlReader(handler);
    reader.write(encode("<a>"));
    const chunk = encode("x".repeat(10_000));
    for (let i = 0; i < 100; i++) reader.write(chunk);
    reader.write(encode("</a>"));
    reader.end();
    expect([total, longest]).toEqual([1_000_000, 10_000]);
  });
});
