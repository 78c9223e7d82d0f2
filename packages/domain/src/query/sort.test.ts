import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { otDetectionTable, otHostTable, parseSort } from "./index.ts";

describe("parseSort", () => {
  it("reads keys in order, names and directions in any case", () => {
    const result = parseSort(
      ' [ {"vulnerabilities.lastdetected":"DESC"}, {"vulnerabilities.qid" : "asc"} ] ',
      otDetectionTable,
    );
    expect(result).toMatchObject({
      ok: true,
      keys: [
        { token: { name: "vulnerabilities.lastDetected" }, direction: "desc" },
        { token: { name: "vulnerabilities.qid" }, direction: "asc" },
      ],
    });
  });

  it("takes nothing for no order", () => {
    for (const text of ["", " ", "[]"]) expect(parseSort(text, otHostTable)).toEqual({ ok: true, keys: [] });
  });

  it("names an unknown token with its position and the nearest one", () => {
    const result = parseSort('[{"asset.name":"asc"},\n {"asset.rsk":"asc"}]', otHostTable);
    expect(result).toMatchObject({
      ok: false,
      error: { code: "unknown-token", line: 2, column: 3, suggestion: "asset.risk" },
    });
    if (!result.ok) expect(result.error.message).toContain("Invalid QQL token");
  });

  it.each([
    ['[{"asset.tags.name":"asc"}]', "not-allowed-here", 2],
    ['[{"interfaces.port":"asc"}]', "not-allowed-here", 2],
    ['[{"asset.name":"up"}]', "syntax", 15],
    ['[{"asset.name":"asc"},{"ASSET.NAME":"desc"}]', "syntax", 23],
    ['[{"asset.name":"asc","asset.risk":"asc"}]', "syntax", 20],
    ['{"asset.name":"asc"}', "syntax", 0],
    ['[{"asset.name":1}]', "syntax", 15],
    ['[{"asset.name":"asc"}] x', "syntax", 23],
    ['[{"asset.name":"asc"}', "syntax", 21],
    ['[{"\\x":"asc"}]', "syntax", 2],
    ["asset.name", "syntax", 0],
    ["[{}]", "syntax", 2],
  ])("refuses %s", (text, code, offset) => {
    expect(parseSort(text, otHostTable)).toMatchObject({ ok: false, error: { code, offset } });
  });

  it("never throws", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.string({ unit: fc.constantFrom(...'[]{}:," a\\') }),
    );
    fc.assert(fc.property(texts, (text) => typeof parseSort(text, otHostTable).ok === "boolean"));
  });
});
