import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Query, QueryError, TokenTable } from "./index.ts";
import {
  assetTable,
  childNames,
  evaluateQuery,
  findingTable,
  otDetectionTable,
  otHostTable,
  parentNames,
  parseQuery,
  projectFileTable,
  tokenTables,
} from "./index.ts";

const now = new Date("2026-03-31T12:00:00Z");

function parsed(text: string, table: TokenTable = findingTable): Query {
  const result = parseQuery(text, table, now);
  if (!result.ok) throw new Error(`${text}: ${result.error.message}`);
  return result.query;
}

function refused(text: string, table: TokenTable = findingTable): QueryError {
  const result = parseQuery(text, table, now);
  if (result.ok) throw new Error(`accepted: ${text}`);
  return result.error;
}

function testsOf(text: string, table: TokenTable = findingTable): unknown {
  const query = parsed(text, table);
  if (query.kind !== "condition" || query.check.kind !== "matches") throw new Error(`not one condition: ${text}`);
  return query.check.tests;
}

describe("the grammar", () => {
  it("matches every record when the text has no content", () => {
    for (const text of ["", "  ", "\r\n\t"]) expect(parsed(text)).toEqual({ kind: "all" });
  });

  it("binds NOT before AND before OR, in any case", () => {
    const query = parsed("finding.port:1 oR nOt finding.port:2 AND finding.port:3");
    expect(query).toMatchObject({
      kind: "or",
      items: [{ kind: "condition" }, { kind: "and", items: [{ kind: "not" }, {}] }],
    });
  });

  it("lets parentheses override precedence", () => {
    expect(parsed("(finding.port:1 or finding.port:2) and finding.port:3")).toMatchObject({
      kind: "and",
      items: [{ kind: "or" }, {}],
    });
  });

  it("does not take the start of a name for a keyword", () => {
    expect(refused("android:1").code).toBe("unknown-token");
    expect(refused("nothing:1").message).toContain('"nothing"');
  });

  it("reads the three ways of writing text", () => {
    expect(testsOf("finding.title:web-server")).toEqual([{ kind: "word-prefix", prefixes: ["web", "server"] }]);
    expect(testsOf('finding.title : "Web Server"')).toEqual([{ kind: "phrase", phrases: [["web", "server"]] }]);
    expect(testsOf("finding.title:'Web Server'")).toEqual([{ kind: "phrase", phrases: [["web", "server"]] }]);
    expect(testsOf("finding.title:`Web Server`")).toEqual([
      { kind: "equals", values: ["Web Server"], isFolded: false },
    ]);
  });

  it("keeps backslashes in quotes except before the quote and another backslash", () => {
    expect(testsOf("finding.title:`C:\\Temp\\\\x\\`y`")).toEqual([
      { kind: "equals", values: ["C:\\Temp\\x`y"], isFolded: false },
    ]);
  });

  it("merges a list into one test of each kind", () => {
    expect(testsOf("finding.qid:[5, 6,7]")).toEqual([{ kind: "numbers", values: [5, 6, 7] }]);
    expect(testsOf("finding.title:[`A`,`B`, web]")).toEqual([
      { kind: "equals", values: ["A", "B"], isFolded: false },
      { kind: "word-prefix", prefixes: ["web"] },
    ]);
  });

  it.each(["[1 .. 5]", "[1..5]", "[1 ... 5]", "[1...5]"])("reads %s as a range with its ends", (range) => {
    const ends = { low: { value: 1, isIncluded: true }, high: { value: 5, isIncluded: true } };
    expect(testsOf(`finding.severity:${range}`)).toEqual([{ kind: "number-range", range: ends }]);
  });

  it("reads parentheses as a range without its ends", () => {
    const ends = { low: { value: 1.5, isIncluded: false }, high: { value: 9, isIncluded: false } };
    expect(testsOf("finding.qvss:(1.5..9)")).toEqual([{ kind: "number-range", range: ends }]);
  });

  it("reads conditions on one element of a group", () => {
    const query = parsed("asset.interface:(address:10.0.0.1 and not hostname:db*)", assetTable);
    expect(query).toMatchObject({ kind: "element", group: { name: "asset.interface" }, item: { kind: "and" } });
  });

  it("takes a prefix written once for the tokens themselves", () => {
    expect(parsed("vulnerabilities:(severity:5 and status:NEW)", otDetectionTable)).toMatchObject({
      kind: "and",
      items: [{ token: { name: "vulnerabilities.severity" } }, { token: { name: "vulnerabilities.status" } }],
    });
  });

  it("takes any beginning of a name, also within another, and keeps several elements to one", () => {
    const place = new Set(["from", "to"]);
    const meaning = (query: Query) => JSON.stringify(query, (key, value) => (place.has(key) ? undefined : value));
    for (const table of tokenTables) {
      for (const { name, example } of table.tokens) {
        const parts = name.split(".");
        const rest = example.slice(name.length);
        expect(example.startsWith(name)).toBe(true);
        const whole = parsed(example, table);
        for (let cut = 1; cut < parts.length; cut++) {
          const [parent, child] = [parts.slice(0, cut).join("."), parts.slice(cut).join(".")];
          const query = parsed(`${parent}:(${child}${rest})`, table);
          expect(meaning(query.kind === "element" ? query.item : query), `${parent} ${child}`).toBe(meaning(whole));
          expect(meaning(parsed(`${parent.toUpperCase()}:(${name}${rest})`, table))).toBe(meaning(query));
          const chain = parts.slice(0, -1).reduceRight((text, part) => `${part}:(${text})`, `${parts.at(-1)}${rest}`);
          expect(meaning(parsed(chain, table)), chain).toBe(
            meaning(parsed(`${parts.slice(0, -1).join(".")}:(${parts.at(-1)}${rest})`, table)),
          );
        }
      }
    }
    const pair = "address:10.0.0.1 and macAddress:00:1d:9c:00:00:01";
    const inner = parsed(`asset:(interface:(${pair}) or name:a)`, assetTable);
    expect(inner).toMatchObject({ kind: "or", items: [{ kind: "element", group: { name: "asset.interface" } }, {}] });
    const deep = parsed("interfaces.transport:(protocol:tcp)", otHostTable);
    expect(deep).toMatchObject({ kind: "element", group: { name: "interfaces" } });
  });

  it("reads null tests", () => {
    expect(parsed("finding.cveId IS NULL")).toMatchObject({ check: { kind: "missing" }, isNegated: false });
    expect(parsed("finding.cveId is not null")).toMatchObject({ check: { kind: "missing" }, isNegated: true });
  });

  it("matches token names without regard to case", () => {
    expect(parsed("FINDING.CVEID:cve-2021-44228")).toMatchObject({ token: { name: "finding.cveId" } });
  });

  it("accepts the documented examples of every token and group", () => {
    for (const table of tokenTables) {
      for (const { example } of [...table.tokens, ...table.groups]) {
        expect(parseQuery(example, table, now), `${table.id}: ${example}`).toMatchObject({ ok: true });
      }
    }
  });

  it("accepts the values seen in the field", () => {
    parsed("finding.riskFactor.rti:Cisa_Known_Exploited_Vulns");
    parsed('hardware.type:"Programmable Logic Controller (PLC)" and inventory.source:"Passive Sensor"', otHostTable);
    parsed("asset.tags.name:ICS_OCA and vulnerabilities.severity>=4", otDetectionTable);
    parsed("vendor:Siemens and status=PROCESSED", projectFileTable);
  });
});

describe("values by type", () => {
  it("takes a bare date for the whole day in UTC", () => {
    const ranges = [{ fromMs: Date.UTC(2026, 0, 31), toMs: Date.UTC(2026, 1, 1) }];
    expect(testsOf("finding.lastFoundDate:2026-01-31")).toEqual([{ kind: "times", ranges }]);
    expect(testsOf("finding.lastFoundDate>2026-01-31")).toEqual([
      { kind: "times", ranges: [{ fromMs: ranges[0]!.toMs, toMs: null }] },
    ]);
    expect(testsOf("finding.lastFoundDate<=2026-01-31")).toEqual([
      { kind: "times", ranges: [{ fromMs: null, toMs: ranges[0]!.toMs }] },
    ]);
  });

  it("reads times with offset and precision", () => {
    const fromMs = Date.UTC(2026, 0, 1, 8, 30);
    expect(testsOf("finding.lastFoundDate:2026-01-01T10:30+02:00")).toEqual([
      { kind: "times", ranges: [{ fromMs, toMs: fromMs + 60_000 }] },
    ]);
    expect(testsOf("finding.lastFoundDate:2026-01-01T08:30:00Z")).toEqual([
      { kind: "times", ranges: [{ fromMs, toMs: fromMs + 1000 }] },
    ]);
    expect(testsOf("finding.lastFoundDate:2026-01-01T08:30:00.000Z")).toEqual([
      { kind: "times", ranges: [{ fromMs, toMs: fromMs + 1 }] },
    ]);
  });

  it.each([
    ["now", Date.UTC(2026, 2, 31, 12)],
    ["now-1M", Date.UTC(2026, 1, 28, 12)],
    ["now-1m", Date.UTC(2026, 2, 31, 11, 59)],
    ["now-1y", Date.UTC(2025, 2, 31, 12)],
    ["now-2w", Date.UTC(2026, 2, 17, 12)],
    ["now+90s", Date.UTC(2026, 2, 31, 12, 1, 30)],
  ])("counts %s from the given present", (text, fromMs) => {
    expect(testsOf(`finding.lastFoundDate>=${text}`)).toEqual([{ kind: "times", ranges: [{ fromMs, toMs: null }] }]);
  });

  it("excludes both whole days from an open range of dates", () => {
    expect(testsOf("finding.lastFoundDate:(2026-01-01 .. 2026-01-04)")).toEqual([
      { kind: "times", ranges: [{ fromMs: Date.UTC(2026, 0, 2), toMs: Date.UTC(2026, 0, 4) }] },
    ]);
  });

  it.each([
    ["10.1.2.3", { first: "10.1.2.3", last: "10.1.2.3" }],
    ["10.1.2.3/8", { first: "10.0.0.0", last: "10.255.255.255" }],
    ["10.1.*", { first: "10.1.0.0", last: "10.1.255.255" }],
    ["10.0.0.1-10.0.0.9", { first: "10.0.0.1", last: "10.0.0.9" }],
    ["[10.0.0.1 .. 10.0.0.9]", { first: "10.0.0.1", last: "10.0.0.9" }],
    ["(fe80::1 .. fe80::9)", { first: "fe80::2", last: "fe80::8" }],
    ["2001:DB8::/126", { first: "2001:db8::", last: "2001:db8::3" }],
    ["::1", { first: "::1", last: "::1" }],
  ])("reads the addresses %s", (text, range) => {
    expect(testsOf(`interfaces.address:${text}`, otHostTable)).toEqual([{ kind: "addresses", ranges: [range] }]);
  });

  it("brings MAC addresses to their stored spelling", () => {
    for (const text of ["00:1D:9C:aa:bb:01", "00-1d-9c-aa-bb-01", "001d.9caa.bb01"]) {
      expect(testsOf(`interfaces.macAddress:${text}`, otHostTable)).toEqual([
        { kind: "equals", values: ["00:1d:9c:aa:bb:01"], isFolded: false },
      ]);
    }
    expect(testsOf("interfaces.macAddress:00-1d-9c*", otHostTable)).toEqual([
      { kind: "pattern", patterns: [["00:1d:9c", ""]], isFolded: false },
    ]);
  });

  it("takes the spelling of known values and the words for severities", () => {
    expect(testsOf("finding.status:active")).toEqual([{ kind: "equals", values: ["ACTIVE"], isFolded: false }]);
    expect(testsOf("finding.severity:Critical")).toEqual([{ kind: "numbers", values: [5] }]);
    expect(testsOf("finding.cveId:cve-2021-44228")).toEqual([
      { kind: "equals", values: ["CVE-2021-44228"], isFolded: false },
    ]);
  });

  it.each([
    ["finding.severity:5.5", 17],
    ["finding.severity:very", 17],
    ["finding.qvss>1e999", 13],
    ["finding.isIgnored:maybe", 18],
    ["finding.lastFoundDate:2026-02-30", 22],
    ["finding.lastFoundDate:yesterday", 22],
    ["finding.lastFoundDate>now-999999y", 22],
    ["finding.title>a", 14],
    ["finding.title:[a .. b]", 14],
    ["finding.title:---", 14],
    ["finding.severity>[1,2]", 17],
  ])("refuses %s as of the wrong type", (text, offset) => {
    expect(refused(text)).toMatchObject({ code: "type", offset, line: 1, column: offset + 1 });
  });

  it.each(["1.2.3.999", "010.1.1.1", "10.0.0.1/33", "10.0.0.9-10.0.0.1", "fe80::1%eth0", "[::1 .. 1.2.3.4]"])(
    "refuses %s as an address",
    (text) => {
      expect(refused(`interfaces.address:${text}`, otHostTable).code).toBe("type");
    },
  );
});

describe("refusals", () => {
  it("takes what was not typed to its end for the shortest name that begins so", () => {
    expect(refused("finding.sev:5").suggestion).toBe("finding.severity");
    expect(refused("finding.firstF>now-1d").suggestion).toBe("finding.firstFoundDate");
    expect(refused("asset.crit:5", assetTable).suggestion).toBe("asset.criticalityScore");
    // One letter changed is nearer than some left out.
    expect(refused("finding.qdr:5").suggestion).toBe("finding.qds");
  });

  it("names an unknown token and the nearest valid one", () => {
    const error = refused("finding.severity:5 and\n  finding.sevrity:4");
    expect(error).toMatchObject({
      code: "unknown-token",
      suggestion: "finding.severity",
      line: 2,
      column: 3,
      offset: 25,
    });
    expect(error.message).toBe('Invalid QQL token "finding.sevrity". Did you mean "finding.severity"?');
  });

  it("finds the token that was written without its prefix", () => {
    expect(refused("severity:5").suggestion).toBe("finding.severity");
    expect(refused("cveId:x").suggestion).toBe("finding.cveId");
  });

  it("refuses asset.tags.name in asset queries and points to asset.tag.name", () => {
    const error = refused("asset.tags.name:x", assetTable);
    expect(error).toMatchObject({ code: "unknown-token", suggestion: "asset.tag.name" });
    expect(error.message).toContain('Invalid QQL token "asset.tags.name"');
  });

  it("says that a finding token does not belong into an asset query", () => {
    const error = refused("finding.severity:5", assetTable);
    expect(error.code).toBe("not-allowed-here");
    expect(error.message).toContain('Invalid QQL token "finding.severity"');
    expect(error.message).toContain("finding token");
  });

  it.each([
    ["log4j", "bare-text", 0],
    ["finding.severity:5 log4j", "bare-text", 19],
    ["finding.title:windows 10", "bare-text", 22],
    ['"remote code"', "bare-text", 0],
    ["finding.severity:5 and remote code", "bare-text", 23],
    ["finding.title:", "syntax", 14],
    ['finding.title:"abc', "syntax", 14],
    ["finding.title:`abc", "syntax", 14],
    ["(finding.severity:5", "syntax", 19],
    ["finding.severity:5)", "syntax", 18],
    ["finding.severity:[]", "syntax", 18],
    ["finding.severity:[1,]", "syntax", 20],
    ["finding.severity:[1 .. ]", "syntax", 23],
    ["and finding.severity:5", "syntax", 0],
    ["finding.severity is", "syntax", 19],
    ["finding.severity is not 5", "syntax", 24],
    ["finding.severity:5 and", "syntax", 22],
    ["finding.severity:5 finding.qid:7", "syntax", 19],
    ["finding.title:Controller (PLC)", "syntax", 25],
    ["finding.title:a\0b", "syntax", 15],
    ["finding.title:a\ud800b", "syntax", 15],
    ["finding.severity", "bare-text", 0],
  ])("refuses %j as %s at %i", (text, code, offset) => {
    const error = refused(text);
    expect(error).toMatchObject({ code, offset });
    expect(error.message.length).toBeGreaterThan(20);
  });

  it("proposes quotes for a value of several words", () => {
    expect(refused("finding.title:windows 10").message).toContain('"windows 10"');
  });

  it("says what was expected", () => {
    expect(refused("finding.severity:5 finding.qid:7").expected).toEqual(["AND", "OR", "the end of the query"]);
    expect(refused("(finding.severity:5").expected).toEqual(["AND", "OR", '")"']);
    expect(refused("finding.severity:[1 5]").expected).toEqual(['","', '".."', '"]"']);
    expect(refused('finding.title:["a" "b"]').expected).toEqual(['","', '".."', '"]"']);
    expect(refused("finding.severity:5 and ").expected).toContain("a token");
  });

  it("keeps groups and tokens apart", () => {
    expect(refused("asset.interface:10.0.0.1", assetTable).code).toBe("not-allowed-here");
    expect(refused("asset.name:(name:x)", assetTable).code).toBe("not-allowed-here");
    expect(refused("software:(address:1.2.3.4)", assetTable)).toMatchObject({ code: "unknown-token" });
    expect(refused("software:(asset.name:x)", assetTable)).toMatchObject({ code: "not-allowed-here" });
    expect(refused("software:(asset.interface:(address:1.2.3.4))", assetTable).code).toBe("not-allowed-here");
  });
});

describe("limits", () => {
  const condition = "finding.port:1";

  it.each(["and", "or"])("takes a chain of 1000 %s and refuses 1001", (word) => {
    const chain = (count: number) => Array.from({ length: count + 1 }, () => condition).join(` ${word} `);
    expect(parsed(chain(1000))).toMatchObject({ kind: word });
    expect(refused(chain(1001)).code).toBe("too-deep");
  });

  it.each([
    ["and", (count: number) => `${`${condition} and (`.repeat(count)}${condition}${")".repeat(count)}`],
    ["or", (count: number) => `${`${condition} or (`.repeat(count)}${condition}${")".repeat(count)}`],
    [
      "mixed",
      (count: number) =>
        `${"finding.port:1 or finding.port:2 and (".repeat(count / 2)}${condition}${")".repeat(count / 2)}`,
    ],
    ["left", (count: number) => `${"(".repeat(count)}${condition}${` and ${condition})`.repeat(count)}`],
    ["not", (count: number) => `${"not (".repeat(count)}${condition}${")".repeat(count)}`],
    ["parentheses", (count: number) => `${"(".repeat(count)}${condition}${")".repeat(count)}`],
  ])("takes 1000 nested levels (%s) and refuses 1002 to 4000", (_, nest) => {
    parsed(nest(1000));
    for (const count of [1002, 1500, 3000, 4000].filter((count) => nest(count).length < 64 * 1024)) {
      expect(refused(nest(count)).code, String(count)).toBe("too-deep");
    }
  });

  it("counts the text in bytes of UTF-8", () => {
    const filled = (letter: string, count: number) => `finding.title:\`${letter.repeat(count)}\``;
    parsed(filled("a", 65_536 - 16));
    expect(refused(filled("a", 65_536 - 15)).code).toBe("too-long");
    parsed(filled("é", (65_536 - 16) / 2));
    expect(refused(filled("é", (65_536 - 16) / 2 + 1)).code).toBe("too-long");
  });

  it("takes lists of 10000 values and refuses 10001", () => {
    const list = (count: number) =>
      `finding.qid:[${Array.from({ length: count }, (_, index) => index % 1000).join(",")}]`;
    parsed(list(10_000));
    expect(refused(list(10_001)).code).toBe("too-many-items");
  });

  it.each([
    "(",
    "not ",
    "[",
    "a:(",
    "a:[",
    '"',
    "`",
    "and ",
    "a:b and (",
    ")",
    "a:1 ",
    "is null ",
    ",",
    "..",
    "a:b:c ",
    "\\",
  ])("answers %j over and over", (piece) => {
    for (const count of [10, 3000, 21_000]) {
      expect(parseQuery(piece.repeat(count), findingTable, now).ok).toBe(false);
    }
  });
});

describe("any text", () => {
  const pieces = fc.constantFrom(
    ..."finding.severity finding.title finding.lastFoundDate finding : ( ) [ ] .. ... , and or not is null \" ' ` = != > < >= 5 now-3M * a-b 10.0.0.0/8 \\ é \n \0".split(
      " ",
    ),
    " ",
    "  ",
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join("")),
    fc.array(pieces).map((parts) => parts.join(" ")),
  );

  it("is answered with a query or an error that lies within the text", () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...tokenTables), (text, table) => {
        const result = parseQuery(text, table, now);
        if (result.ok) return;
        const { offset, line, column, message } = result.error;
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThanOrEqual(text.length);
        expect(text.split("\n")[line - 1]?.length).toBeGreaterThanOrEqual(column - 1);
        expect(message).not.toBe("");
      }),
      { numRuns: 2000 },
    );
  });

  /** What people write, with a few characters wrong: much nearer to the parser's later steps than noise. */
  const slips = (table: TokenTable) =>
    fc
      .record({
        examples: fc.array(fc.constantFrom(...[...table.tokens, ...table.groups].map(({ example }) => example)), {
          minLength: 1,
          maxLength: 4,
        }),
        word: fc.constantFrom(" and ", " OR ", " and not ", " or ("),
        edits: fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2), fc.string({ maxLength: 2 })), { maxLength: 3 }),
      })
      .map(({ examples, word, edits }) =>
        edits.reduce((text, [at, removed, added]) => {
          const from = at % (text.length + 1);
          return text.slice(0, from) + added + text.slice(from + removed);
        }, examples.join(word)),
      );

  it.each(tokenTables.map((table) => [table.id, table] as const))(
    "of %s with slips is answered: a wrong token by name, with one that there is",
    (_, table) => {
      const parents = parentNames(table);
      const names = new Set([...table.tokens.map(({ name }) => name), ...parents]);
      const children = new Set(parents.flatMap((parent) => childNames(table, parent)));
      const seen = { ok: 0, unknown: 0 };
      fc.assert(
        fc.property(slips(table), (text) => {
          const result = parseQuery(text, table, now);
          if (result.ok) {
            seen.ok += 1;
            expect(typeof evaluateQuery(result.query, {})).toBe("boolean");
            return;
          }
          const { code, message, suggestion, offset } = result.error;
          expect(offset).toBeLessThanOrEqual(text.length);
          if (suggestion !== null) expect(names.has(suggestion) || children.has(suggestion)).toBe(true);
          if (code !== "unknown-token") return;
          seen.unknown += 1;
          const named = /^Invalid QQL token "([^"]+?)(?:\.\.\.)?"/.exec(message)?.[1];
          expect(text.slice(offset, offset + (named?.length ?? 0))).toBe(named);
          expect(suggestion).not.toBeNull();
        }),
        { numRuns: 1500 },
      );
      expect(Math.min(seen.ok, seen.unknown)).toBeGreaterThan(20);
    },
  );
});
