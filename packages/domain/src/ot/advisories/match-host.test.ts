import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { Hardware } from "../fields.ts";
import {
  type Advisory,
  type AdvisoryProduct,
  compileAdvisory,
  indexProducts,
  keysOfHost,
  matchHost,
  type ProductStanding,
} from "./index.ts";
import { keysOfProduct, seriesOfProduct } from "./product-keys.ts";
import { findProductLines } from "./product-lines.ts";
import { vendorKeysOf } from "./vendor-aliases.ts";

const unknown: Hardware = {
  manufacturer: null,
  type: null,
  category: null,
  family: null,
  model: null,
  orderNumber: null,
  catalogNumber: null,
  serialNumber: null,
  firmwareVersion: null,
  hardwareRevision: null,
};

type Plan = Partial<AdvisoryProduct> & { name: string; standing?: ProductStanding; fix?: string };

function advisory(...plans: readonly Plan[]): Advisory {
  return {
    id: "EX-1",
    title: "",
    url: null,
    publisher: "",
    version: "1",
    isFinal: true,
    withdrawal: null,
    releasedAt: 0,
    updatedAt: 0,
    impact: "",
    products: plans.map(({ standing: _standing, fix: _fix, ...plan }, index) => ({
      id: `P${index}`,
      vendor: "Siemens",
      versions: "vers:all/*",
      modelNumbers: [],
      platformId: null,
      componentId: null,
      ...plan,
    })),
    vulnerabilities: [
      {
        cveId: "CVE-2025-0001",
        title: "",
        description: "",
        cweId: null,
        scores: [],
        standings: new Map(plans.map(({ standing = "affected", id }, index) => [id ?? `P${index}`, standing])),
        remediations: plans.flatMap(({ fix }, index) =>
          fix === undefined ? [] : [{ category: "vendor_fix", details: fix, url: null, productIds: [`P${index}`] }],
        ),
      },
    ],
  };
}

/** The verdict on the only vulnerability; `none`: the advisory does not name the device. */
function verdictOn(hardware: Partial<Hardware>, about: Advisory, isFirmwareProven = true): string {
  const devices = [{ place: null, hardware: { ...unknown, ...hardware }, isFirmwareProven }];
  return matchHost(devices, indexProducts(compileAdvisory(about)))[0]?.verdicts[0]?.verdict ?? "none";
}

const s7 = { manufacturer: "Siemens AG", orderNumber: "6ES7 315-2EH14-0AB0", firmwareVersion: "V3.2.7" };
const s7Name = "SIMATIC S7-300 CPU 315-2 PN/DP (6ES7315-2EH14-0AB0)";
const module = {
  manufacturer: "Rockwell Automation/Allen-Bradley",
  catalogNumber: "1756-EN2T/D",
  firmwareVersion: "10.7",
};
const rockwell = (name: string, more: Partial<Plan> = {}): Plan => ({ vendor: "Rockwell Automation ", name, ...more });

describe("who is meant", () => {
  it("an order number, with and without blanks, in the name or among the model numbers", () => {
    expect(verdictOn(s7, advisory({ name: s7Name }))).toBe("affected");
    expect(verdictOn(s7, advisory({ name: "CPU 315-2", modelNumbers: ["6ES7315-2EH14-0AB0"] }))).toBe("affected");
    expect(verdictOn(s7, advisory({ name: "SIPLUS S7-300 CPU 315-2 PN/DP (6AG1315-2EH14-7AB0)" }))).toBe("none");
  });
  it("a catalogue number, in its series", () => {
    expect(verdictOn(module, advisory(rockwell("1756-EN2T Series D")))).toBe("affected");
    expect(verdictOn(module, advisory(rockwell("1756-EN2T/D")))).toBe("affected");
    expect(verdictOn(module, advisory(rockwell("1756-EN2T, Series A/B/C (signed version)")))).toBe("none");
    expect(verdictOn(module, advisory(rockwell("1756-EN2TR Series D")))).toBe("none");
    expect(verdictOn({ ...module, catalogNumber: "1756-EN2T" }, advisory(rockwell("1756-EN2T Series D")))).toBe(
      "undecidable",
    );
  });
  it("a range of catalogue numbers", () => {
    const cpu = { manufacturer: "Schneider Electric", orderNumber: "BMX P34 2020", firmwareVersion: "2.70" };
    expect(verdictOn(cpu, advisory({ vendor: "Schneider Electric", name: "Modicon CPU (part numbers BMXP34*)" }))).toBe(
      "affected",
    );
    expect(verdictOn(cpu, advisory({ vendor: "Schneider Electric", name: "Modicon CPU (part numbers BMXP35*)" }))).toBe(
      "none",
    );
  });
  it("a product line, and nothing that only sounds like it", () => {
    const controller = { manufacturer: "Rockwell Automation", catalogNumber: "1756-L85E/B", firmwareVersion: "33.011" };
    expect(verdictOn(controller, advisory(rockwell("ControlLogix 5580 controllers", { versions: "<= 33.013" })))).toBe(
      "affected",
    );
    expect(verdictOn(controller, advisory(rockwell("ControlLogix 5570 controllers")))).toBe("none");
    expect(verdictOn(controller, advisory(rockwell("Studio 5000 Logix Designer ControlLogix 5580 controllers")))).toBe(
      "none",
    );
    const cpu = { ...s7, orderNumber: "6ES7 214-1AG40-0XB0", firmwareVersion: "V4.2.1" };
    expect(
      verdictOn(cpu, advisory({ name: "SIMATIC S7-1200 CPU family (incl. SIPLUS variants)", versions: "< V4.3" })),
    ).toBe("affected");
    expect(verdictOn(cpu, advisory({ name: "SIMATIC S7-1200 CPU family < V4.x (incl. SIPLUS variants)" }))).toBe(
      "not-affected",
    );
    expect(verdictOn(cpu, advisory({ name: "SIPLUS S7-1200 CP 1243-1" }))).toBe("none");
  });
  it("a generation of a family that the order number tells, which is one line of firmware", () => {
    const v7 = { manufacturer: "Siemens", orderNumber: "6ES7 414-3EM07-0AB0", firmwareVersion: "V7.0.1" };
    const name = "SIMATIC S7-400 PN/DP V7 CPU family (incl. SIPLUS variants)";
    expect(verdictOn(v7, advisory({ name, versions: "< V7.0.2" }))).toBe("affected");
    expect(verdictOn(v7, advisory({ name, versions: "< V7.0.1" }))).toBe("not-affected");
    const below = "SIMATIC S7-400 PN/DP V6 and below CPU family (incl. SIPLUS variants)";
    expect(verdictOn(v7, advisory({ name: below }))).toBe("none");
    expect(verdictOn({ ...v7, orderNumber: "6ES7 414-3EM06-0AB0" }, advisory({ name: below }))).toBe("affected");
    const s7410 = { manufacturer: "Siemens", orderNumber: "6ES7 410-5HX08-0AB0", firmwareVersion: "V8.2.1" };
    expect(verdictOn(s7410, advisory({ name: "SIMATIC S7-410 V8 CPU family", versions: "< V8.2.3" }))).toBe("affected");
    expect(verdictOn(s7410, advisory({ name: "SIMATIC S7-410 V10 CPU family", versions: "< V10.1" }))).toBe(
      "not-affected",
    );
  });
  it("a family of several lines of firmware by membership, where all versions are meant, and never by its name", () => {
    const name = "SIMATIC S7-400 CPU family (incl. SIPLUS variants)";
    const v6 = { manufacturer: "Siemens", orderNumber: "6ES7 412-2EK06-0AB0", firmwareVersion: null };
    expect(verdictOn(v6, advisory({ name }))).toBe("affected");
    expect(verdictOn(v6, advisory({ name, versions: "All versions" }), false)).toBe("affected");
    expect(verdictOn(v6, advisory({ name, standing: "not-affected" }))).toBe("not-affected");
    expect(verdictOn(v6, advisory({ name, standing: "under-investigation" }))).toBe("undecidable");
    expect(verdictOn({ ...v6, firmwareVersion: "V6.0.3" }, advisory({ name, versions: "< V6.X.7" }))).toBe("none");
    expect(verdictOn(v6, advisory({ name }, { name: "CPU 412-2 (6ES7412-2EK06-0AB0)", versions: "No version" }))).toBe(
      "not-affected",
    );
    expect(verdictOn({ ...v6, orderNumber: null, family: "S7-400" }, advisory({ name }))).toBe("none");
    expect(verdictOn({ ...v6, manufacturer: "Omron" }, advisory({ name }))).toBe("none");
    const micro = { manufacturer: "Rockwell Automation", catalogNumber: "2080-LC50-48QWB", firmwareVersion: "12.11" };
    expect(verdictOn(micro, advisory(rockwell("Micro800 family")))).toBe("affected");
    expect(verdictOn({ ...micro, catalogNumber: "1766-L32BXB" }, advisory(rockwell("Micro800 family")))).toBe("none");
  });
  it("another vendor never", () => {
    expect(verdictOn({ ...module, manufacturer: "Omron" }, advisory(rockwell("1756-EN2T/D")))).toBe("none");
  });
  it("what a name excepts is not meant", () => {
    expect(verdictOn(s7, advisory({ name: "All CPUs except CPU 315-2 (6ES7315-2EH14-0AB0)" }))).toBe("none");
  });
});

describe("what is said", () => {
  const range = "vers:all/<V3.2.16";
  it("follows the version, and without one only statements on all versions confirm", () => {
    expect(verdictOn(s7, advisory({ name: s7Name, versions: range }))).toBe("affected");
    expect(verdictOn({ ...s7, firmwareVersion: "V3.2.16" }, advisory({ name: s7Name, versions: range }))).toBe(
      "not-affected",
    );
    expect(verdictOn({ ...s7, firmwareVersion: null }, advisory({ name: s7Name, versions: range }))).toBe(
      "undecidable",
    );
    expect(verdictOn({ ...s7, firmwareVersion: null }, advisory({ name: s7Name }))).toBe("affected");
    expect(verdictOn(s7, advisory({ name: s7Name, versions: null }))).toBe("undecidable");
  });
  it("a configured version clears and does not confirm", () => {
    expect(verdictOn(s7, advisory({ name: s7Name, versions: range }), false)).toBe("undecidable");
    expect(verdictOn(s7, advisory({ name: s7Name }), false)).toBe("affected");
    expect(verdictOn({ ...s7, firmwareVersion: "V3.2.19" }, advisory({ name: s7Name, versions: range }), false)).toBe(
      "not-affected",
    );
  });
  it("fixed and not affected are honoured, and against an affected statement nothing is decided", () => {
    const cleared: Plan = { name: s7Name, versions: "V3.2.7", standing: "not-affected" };
    expect(verdictOn(s7, advisory(cleared))).toBe("not-affected");
    expect(verdictOn(s7, advisory({ name: s7Name, versions: "< V3.X.17" }, cleared))).toBe("not-affected");
    expect(verdictOn(s7, advisory({ name: s7Name }, cleared))).toBe("undecidable");
    expect(verdictOn(s7, advisory({ name: s7Name, standing: "under-investigation" }))).toBe("undecidable");
  });
  it("a vendor's fix that is installed clears", () => {
    const fix = "Update to V3.2.5 or later version";
    expect(verdictOn(s7, advisory({ name: s7Name, fix }))).toBe("not-affected");
    expect(verdictOn({ ...s7, firmwareVersion: "V3.2.4" }, advisory({ name: s7Name, fix }))).toBe("affected");
    expect(verdictOn(s7, advisory({ name: s7Name, fix: "Update to V3.2.5 for CPU 317 and V3.2.9 for CPU 315" }))).toBe(
      "affected",
    );
  });
  it("software on a platform is possible at best", () => {
    const on = advisory(
      { id: "H", name: s7Name },
      { id: "S", name: "Web server", versions: "V1" },
      { id: "S:H", name: "both", platformId: "H", componentId: "S" },
    );
    on.vulnerabilities[0]!.standings = new Map([["S:H", "affected"]]);
    expect(verdictOn(s7, on)).toBe("undecidable");
  });
  it("a module counts for its host, and is named", () => {
    const devices = [
      { place: null, hardware: unknown, isFirmwareProven: true },
      { place: "slot 3", hardware: { ...unknown, ...module }, isFirmwareProven: true },
    ];
    const [found] = matchHost(devices, indexProducts(compileAdvisory(advisory(rockwell("1756-EN2T/D")))));
    expect(found!.verdicts).toMatchObject([{ verdict: "affected", evidence: { place: "slot 3", key: "1756EN2T" } }]);
  });
});

test("vendors are told by all their spellings, several in one name apart", () => {
  expect(vendorKeysOf(" Schneider Electric")).toEqual(["schneider"]);
  expect(vendorKeysOf("Schneider Electric Software, LLC")).toEqual(["schneider"]);
  expect(vendorKeysOf("ABB, Phoenix Contact, Schneider Electric, Siemens, and WAGO")).toEqual([
    "abb",
    "phoenix contact",
    "schneider",
    "siemens",
    "wago",
  ]);
  expect(vendorKeysOf("Siemens Healthineers, Siemens")).toEqual(["siemens healthineers", "siemens"]);
  expect(vendorKeysOf("MOXA")).toEqual(vendorKeysOf("Moxa"));
});

test("series are read from names as they are written", () => {
  expect(
    [
      "1756-EN2T Series A",
      "1756-EN2F, Series A/B (signed version)",
      "MicroLogix 1400 Controllers Series B and C",
      "1756-EN2TR/C",
      "MicroLogix 1400 B/C",
      "MicroLogix 1400 All series",
      "NJ/NX Series Controllers",
    ].map(seriesOfProduct),
  ).toEqual([["A"], ["A", "B"], ["B", "C"], ["C"], ["B", "C"], [], []]);
});

test("no lines of mixed firmware are in the table", () => {
  for (const name of [
    "SIMATIC S7-300 CPU family (incl. related ET200 CPUs and SIPLUS variants)",
    "SIMATIC S7-400 CPU family (incl. SIPLUS variants)",
  ]) {
    expect(findProductLines("siemens", name)).toEqual([]);
  }
});

test("the index finds what looking at every product finds; names of any kind are taken", () => {
  const word = fc.constantFrom(
    "1756-EN2T",
    "1756-EN2T/D",
    "Series D",
    "(",
    "6ES7315-2EH14-0AB0",
    "BMXP34*",
    "S7-1200",
    "S7-400",
    "PN/DP V6",
    "CPU family",
    "except",
    "ControlLogix 5580",
    "x",
  );
  const name = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(word, { maxLength: 5 }).map((words) => words.join(" ")),
  );
  const vendor = fc.constantFrom("Siemens", "Rockwell Automation", "Schneider Electric, Siemens", "");
  fc.assert(
    fc.property(
      fc.array(fc.record({ name, vendor }), { maxLength: 6 }),
      fc.constantFrom(
        s7,
        module,
        { ...s7, orderNumber: "BMXP342020", manufacturer: "Schneider Electric" },
        { ...s7, orderNumber: "6ES7 412-2EK06-0AB0" },
      ),
      (plans, hardware) => {
        const products = compileAdvisory(advisory(...plans));
        const devices = [{ place: null, hardware: { ...unknown, ...hardware }, isFirmwareProven: true }];
        const keys = keysOfHost(devices);
        const byHand = {
          get: (key: string) =>
            products.filter((product) =>
              keysOfProduct({ ...product, modelNumbers: [] }).some((own) => own.key === key),
            ),
        };
        expect(matchHost(devices, indexProducts(products))).toEqual(matchHost(devices, byHand));
        if (products.some((product) => product.keys.some(({ key }) => keys.includes(key))))
          expect(byHand.get(keys.find((key) => byHand.get(key).length > 0)!).length).toBeGreaterThan(0);
      },
    ),
  );
});
