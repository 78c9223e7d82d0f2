import { writeCsaf } from "@breakwater/simulator/advisories/index";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { AdvisoryEvent } from "../../records.ts";
import { parseCsaf } from "./index.ts";

const plan = {
  id: "EX-1",
  title: "Example",
  products: [
    {
      vendor: "Siemens",
      name: "CPU (6ES7315-2EH14-0AB0)",
      versions: "vers:all/<V3.2.16",
      modelNumbers: ["6ES7315-2EH14-0AB0"],
    },
    { vendor: "Siemens", name: "Firmware", versions: "V1" },
  ],
  vulnerabilities: [{ cve: "CVE-2025-0001", affected: [1], fix: "Update to V3.2.16 or later version" }],
};

type Document = {
  document: Record<string, unknown> & { tracking: Record<string, unknown> };
  product_tree: Record<string, unknown> & { branches: Record<string, unknown>[] };
  vulnerabilities: (Record<string, unknown> & { product_status: Record<string, string[]> })[];
};

async function read(text: string | Buffer, step = text.length + 1): Promise<AdvisoryEvent[]> {
  const bytes = Buffer.from(text);
  async function* source() {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
  }
  return (await Array.fromAsync(parseCsaf(source()))).flat();
}

async function readChanged(change: (document: Document) => void) {
  const document = JSON.parse(writeCsaf(plan)) as Document;
  change(document);
  const events = await read(JSON.stringify(document));
  return {
    advisory: events.flatMap((event) => (event.type === "advisory" ? [event.advisory] : []))[0],
    issues: events.flatMap((event) => (event.type === "issue" ? [event.issue] : [])),
    end: events.at(-1),
  };
}

test("a document becomes an advisory, however its bytes are cut", async () => {
  for (const step of [7, 100_000]) {
    const events = await read(`\uFEFF${writeCsaf(plan)}`, step);
    expect(events.map(({ type }) => type)).toEqual(["advisory", "end"]);
    expect(events[0]).toMatchObject({
      advisory: {
        id: "EX-1",
        url: "https://cert.example/advisories/ex-1",
        isFinal: true,
        releasedAt: Date.UTC(2025, 0, 14),
        impact: "An attacker could stop the device.",
        products: [
          { id: "P1", vendor: "Siemens", versions: "vers:all/<V3.2.16", modelNumbers: ["6ES7315-2EH14-0AB0"] },
          { id: "P2", versions: "V1" },
        ],
        vulnerabilities: [{ cveId: "CVE-2025-0001", cweId: "CWE-400", scores: [{ version: 3, score: 7.5 }] }],
      },
    });
  }
});

describe("what the schema asks for", () => {
  const broken: [string, (document: Document) => void, string][] = [
    ["no tracking id", ({ document }) => delete document.tracking.id, "document.tracking.id is missing"],
    ["another version", ({ document }) => (document.csaf_version = "2.1"), "document.csaf_version"],
    ["an unknown status", ({ document }) => (document.tracking.status = "withdrawn"), "document.tracking.status"],
    [
      "a date without its zone",
      ({ document }) => (document.tracking.current_release_date = "2025-01-14"),
      "current_release_date",
    ],
    [
      "a day that is none",
      ({ document }) => (document.tracking.current_release_date = "2025-02-99T00:00:00Z"),
      "current_release_date",
    ],
    ["an empty history", ({ document }) => (document.tracking.revision_history = []), "revision_history"],
    ["no publisher", ({ document }) => delete document.publisher, "document.publisher"],
    [
      "an unknown branch",
      ({ product_tree: { branches } }) => (branches[0]!.category = "shelf"),
      "product_tree.branches[0].category",
    ],
    ["a bare branch", ({ product_tree: { branches } }) => delete branches[0]!.branches, "product_tree.branches[0]"],
    ["no CVE name", ({ vulnerabilities }) => (vulnerabilities[0]!.cve = "2025-1"), "vulnerabilities[0].cve"],
    [
      "ids twice",
      ({ vulnerabilities }) => (vulnerabilities[0]!.product_status.known_affected = ["P1", "P1"]),
      "known_affected",
    ],
    [
      "a score of 11",
      ({ vulnerabilities }) =>
        (vulnerabilities[0]!.scores = [{ products: ["P1"], cvss_v3: { vectorString: "x", baseScore: 11 } }]),
      "baseScore",
    ],
  ];
  it.each(broken)("%s is refused with its path", async (_, change, path) => {
    const { advisory, issues, end } = await readChanged(change);
    expect(advisory).toBeUndefined();
    expect(issues).toMatchObject([{ level: "refused", code: "csaf-invalid" }]);
    expect(issues[0]!.message).toContain(path);
    expect(end).toEqual({ type: "end", isComplete: false });
  });

  it("a document that was cut says so, wherever it was cut", async () => {
    const text = writeCsaf(plan);
    for (const length of [1, 20, text.length >> 1, text.trimEnd().length - 1]) {
      const [refusal, end] = await read(text.slice(0, length));
      expect(refusal).toMatchObject({
        issue: { code: "json-malformed", message: expect.stringContaining("ends early") },
      });
      expect(end).toEqual({ type: "end", isComplete: false });
    }
    const [wrong] = await read(text.replace("{", "{{"));
    expect(wrong).toMatchObject({ issue: { code: "json-malformed", message: expect.stringContaining("is no JSON") } });
  });

  it("unknown members are ignored", async () => {
    const { advisory, issues } = await readChanged(({ document }) => (document.x_own = { a: 1 }));
    expect([advisory?.id, issues]).toEqual(["EX-1", []]);
  });
});

describe("what the schema cannot see", () => {
  it("a product called affected and not affected is undecided, with a warning", async () => {
    const { advisory, issues } = await readChanged(({ vulnerabilities }) => {
      vulnerabilities[0]!.product_status.known_not_affected = ["P1"];
    });
    expect(issues).toMatchObject([{ level: "warning", code: "csaf-status-contradictory" }]);
    expect([...advisory!.vulnerabilities[0]!.standings]).toEqual([["P1", "under-investigation"]]);
  });

  it("what was withdrawn or superseded says so, by its title or its category, and why", async () => {
    const withdrawalOf = async (change: (document: Document) => void) =>
      (await readChanged(change)).advisory?.withdrawal;
    expect(await withdrawalOf(() => undefined)).toBeNull();
    expect(
      await withdrawalOf(({ document }) => {
        document.title = "Example (Withdrawn)";
        document.tracking.revision_history = [
          { date: "2025-02-01T00:00:00Z", number: "2", summary: "Withdrawn: it was no flaw." },
          { date: "2025-01-14T00:00:00Z", number: "1", summary: "Initial" },
        ];
      }),
    ).toBe("Withdrawn: it was no flaw.");
    expect(
      await withdrawalOf(({ document }) => {
        document.category = "csaf_withdrawn";
        document.notes = [{ category: "description", title: "Reasoning for Withdrawal", text: "A duplicate." }];
      }),
    ).toBe("A duplicate.");
    expect(
      await withdrawalOf(({ document }) => Object.assign(document, { title: "Money withdrawn at ATMs" })),
    ).toBeNull();
  });
  it("a withdrawn document may have neither products nor vulnerabilities", async () => {
    const { advisory, issues } = await readChanged((document) => {
      document.document.category = "csaf_superseded";
      delete (document as Partial<Document>).product_tree;
      delete (document as Partial<Document>).vulnerabilities;
    });
    expect({ advisory, issues }).toMatchObject({ advisory: { withdrawal: "Initial", products: [] }, issues: [] });
  });
  it("ids that the tree does not have are left out, with a warning", async () => {
    const { advisory, issues } = await readChanged(({ vulnerabilities }) => {
      vulnerabilities[0]!.product_status.known_affected = ["P1", "P9"];
    });
    expect(issues).toMatchObject([{ level: "warning", code: "csaf-product-undefined" }]);
    expect([...advisory!.vulnerabilities[0]!.standings.keys()]).toEqual(["P1"]);
  });

  it("a product installed on another keeps both", async () => {
    const { advisory } = await readChanged(({ product_tree, vulnerabilities }) => {
      product_tree.relationships = [
        {
          category: "installed_on",
          full_product_name: { name: "Firmware on CPU", product_id: "P2:P1" },
          product_reference: "P2",
          relates_to_product_reference: "P1",
        },
      ];
      vulnerabilities[0]!.product_status.known_affected = ["P2:P1"];
    });
    expect(advisory!.products.at(-1)).toMatchObject({ id: "P2:P1", platformId: "P1", componentId: "P2" });
  });

  it("CVSS 4 vectors stand in references, and are scored by what they say; the worst counts", async () => {
    const vector = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N";
    const scoresWith = async (...told: string[]) => {
      const { advisory } = await readChanged(({ vulnerabilities }) => {
        vulnerabilities[0]!.references = told.map((text) => ({
          category: "external",
          summary: "calculator",
          url: `https://calc.example/4.0#${text}`,
        }));
      });
      return advisory!.vulnerabilities[0]!.scores.filter(({ version }) => version === 4);
    };
    expect(await scoresWith(vector)).toEqual([{ version: 4, score: 8.7, vector }]);
    expect(await scoresWith(encodeURIComponent(vector))).toEqual([{ version: 4, score: 8.7, vector }]);
    const lesser = vector.replace("VA:H", "VA:L");
    expect(await scoresWith(lesser, vector, lesser)).toEqual([{ version: 4, score: 8.7, vector }]);
    expect(await scoresWith("CVSS:4.0/AV:N/AC:L")).toEqual([]);
  });
});

test("any JSON, any text, any damage gives an end and nothing thrown", async () => {
  const whole = Buffer.from(writeCsaf(plan));
  const damaged = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })).map(([at, byte]) => {
    const copy = Buffer.from(whole);
    copy[at] = byte;
    return copy;
  });
  const values = fc.oneof(
    fc.string(),
    fc.json(),
    fc.nat(whole.length).map((length) => whole.subarray(0, length)),
    damaged,
  );
  await fc.assert(
    fc.asyncProperty(values, async (value) => {
      expect((await read(value)).at(-1)?.type).toBe("end");
    }),
    { numRuns: 300 },
  );
});

test("a tree that is too deep, and a document that is too long, are refused", async () => {
  const deep = JSON.parse(writeCsaf(plan)) as Document;
  let branch: Record<string, unknown> = { category: "vendor", name: "x", product: { name: "x", product_id: "x" } };
  for (let depth = 0; depth < 500; depth++) branch = { category: "vendor", name: "x", branches: [branch] };
  deep.product_tree.branches = [branch];
  expect(await read(JSON.stringify(deep))).toMatchObject([{ issue: { code: "json-too-deep" } }, { isComplete: false }]);
  const long = Buffer.alloc(17 * 1_048_576, " ");
  expect(await read(long, 1_048_576)).toMatchObject([{ issue: { code: "csaf-too-large" } }, { isComplete: false }]);
});
