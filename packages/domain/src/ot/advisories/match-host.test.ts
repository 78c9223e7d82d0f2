import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { Hardware } from "../fields.ts";
import { BARE_ADVISORY, UNKNOWN_HARDWARE } from "./advisory.fixture.ts";
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

type Plan = Partial<AdvisoryProduct> & { name: string; standing?: ProductStanding; fix?: string };

function advisory(...plans: readonly Plan[]): Advisory {
  return {
    ...BARE_ADVISORY,
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
  const devices = [{ place: null, hardware: { ...UNKNOWN_HARDWARE, ...hardware }, isFirmwareProven }];
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
  it("not the device that software on a PC is for (ICSA-18-065-02, ICSA-22-333-02)", () => {
    const about = (vendor: string, name: string, device: Partial<Hardware>) =>
      verdictOn(
        { manufacturer: vendor, firmwareVersion: "1.0", ...device },
        advisory({ vendor, name, versions: "< 2" }),
      );
    expect(about("Schneider Electric", "ATV320 DTM", { model: "ATV320" })).toBe("none");
    expect(about("Schneider Electric", "ATV6xx DTM", { orderNumber: "ATV630D22N4" })).toBe("none");
    expect(about("Schneider Electric", "ATV320", { model: "ATV320" })).toBe("affected");
    expect(about("Hitachi Energy", "GMS600 Connectivity Package", { model: "GMS600" })).toBe("none");
  });
  it("a unit of Mitsubishi's FX by its whole number, and by how many points its line has", () => {
    const unit = (model: string, name: string) =>
      verdictOn({ manufacturer: "Mitsubishi Electric", model }, advisory({ vendor: "Mitsubishi Electric", name }));
    expect(unit("FX5UJ-40MR/ES", "MELSEC iQ-F FX5UJ-40MR/ES")).toBe("affected");
    expect(unit("FX5UJ-40MR/ES-A", "MELSEC iQ-F FX5UJ-40MR/ES-A*")).toBe("affected");
    expect(unit("FX5UJ-40MR/ES", "MELSEC iQ-F FX5UJ-40MR/DSS")).toBe("none");
    // ICSA-22-139-01
    const open = "MELSEC iQ-F FX5U-xMy/z x=32,64,80, y=T,R, z=ES,DS,ESS,DSS";
    expect(unit("FX5U-32MR/ES", open)).toBe("affected");
    expect(["FX5UJ-40MR/ES", "FX5UC-32MT/DS-TS", "FX5U-4AD"].map((model) => unit(model, open))).toEqual(
      Array(3).fill("none"),
    );
  });
  it("each of the numbers that are listed as one (ICSA-20-324-05)", () => {
    const cpu = (model: string, name: string) =>
      verdictOn({ manufacturer: "Mitsubishi Electric", model }, advisory({ vendor: "Mitsubishi Electric", name }));
    expect(["R04CPU", "R120ENCPU"].map((model) => cpu(model, "R04/08/16/32/120(EN)CPU"))).toEqual([
      "affected",
      "affected",
    ]);
    expect(cpu("R08SFCPU", "MELSEC iQ-R series R08/16/32/120SFCPU")).toBe("affected");
    expect(cpu("R08CPU", "R08/16/32/120SFCPU")).toBe("none");
    expect(cpu("Q13UDPVCPU", "Q04/06/13/26UDPVCPU")).toBe("affected");
    expect(["L06CPU", "L06CPU-P"].map((model) => cpu(model, "L02/06/26CPU(-P) L26CPU-(P)BT"))).toEqual([
      "affected",
      "affected",
    ]);
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
  it("an open number to its end: what stands behind the wildcard counts", () => {
    const safety: Plan = {
      vendor: "Schneider Electric",
      name: "Modicon M580 CPU Safety (part numbers BMEP58*S and BMEH58*S)",
    };
    const cpus: Plan = {
      vendor: "Schneider Electric",
      name: "Modicon M580 CPU (part numbers BMEP* and BMEH*)",
      versions: "< SV4.10",
    };
    const cpu = { manufacturer: "Schneider Electric", orderNumber: "BMEP584040", firmwareVersion: "04.20" };
    expect(verdictOn(cpu, advisory(safety, cpus))).toBe("not-affected");
    expect(verdictOn({ ...cpu, firmwareVersion: "04.01" }, advisory(safety, cpus))).toBe("affected");
    expect(verdictOn({ ...cpu, orderNumber: "BMEP584040S" }, advisory(safety, cpus))).toBe("affected");
    const guard = rockwell("GuardLogix 5580 (1756-L8zS)");
    const controller = { ...module, catalogNumber: "1756-L85E/B" };
    expect(verdictOn(controller, advisory(guard))).toBe("none");
    expect(verdictOn({ ...controller, catalogNumber: "1756-L84ES" }, advisory(guard))).toBe("affected");
    const drive = { ...s7, orderNumber: "6RA8018-4MV62-0AA0" };
    expect(verdictOn(drive, advisory({ name: "DC Master", modelNumbers: ["6RA801?-??V62-0AA0"] }))).toBe("affected");
    expect(verdictOn(drive, advisory({ name: "DC Master", modelNumbers: ["6RA802?-*"] }))).toBe("none");
  });
  it("a number that is written in groups, with the letter of its variant", () => {
    const name = "M340 Communication Ethernet modules BMX NOE 0100 (H)";
    const own = { manufacturer: "Schneider Electric", firmwareVersion: "2.9" };
    const about = advisory({ vendor: "Schneider Electric Software, LLC", name });
    for (const orderNumber of ["BMX NOE 0100", "BMXNOE0100", "BMX NOE 0100H"])
      expect(verdictOn({ ...own, orderNumber }, about)).toBe("affected");
    expect(verdictOn({ ...own, orderNumber: "BMX NOE 0110" }, about)).toBe("none");
  });
  it("a number in the place of the versions", () => {
    const line = (versions: string) => rockwell("MicroLogix 1100 controllers", { versions });
    const controller = { ...module, catalogNumber: "1763-L16BWA", firmwareVersion: "14.0" };
    const about = advisory(line("1763-L16DWD"), line("1763-L16BWA"));
    const [found] = matchHost(
      [{ place: null, hardware: { ...UNKNOWN_HARDWARE, ...controller }, isFirmwareProven: true }],
      indexProducts(compileAdvisory(about)),
    );
    expect(found!.verdicts).toMatchObject([
      { verdict: "undecidable", evidence: { productId: "P1", comparison: "the advisory names no versions" } },
    ]);
    const rtu: Plan = { vendor: "Phoenix Contact", name: "AXC F 2152", versions: "2404267 version 1.x" };
    const own = { manufacturer: "Phoenix Contact", orderNumber: "2404267", firmwareVersion: "1.2" };
    expect(verdictOn(own, advisory(rtu))).toBe("affected");
    expect(verdictOn({ ...own, firmwareVersion: "2019.0.3" }, advisory(rtu))).toBe("not-affected");
  });
  it("not all of those whose serial numbers the name limits", () => {
    const name = "MELSEC iQ-F Series FX5U-32MT/ES, Serial number 17X**** or later";
    const own = { manufacturer: "Mitsubishi Electric", model: "FX5U-32MT", firmwareVersion: "1.2" };
    expect(verdictOn(own, advisory({ vendor: "Mitsubishi Electric", name }))).toBe("undecidable");
  });
  it("a whole name that the device tells of itself, which is likely at best, and never against a number", () => {
    const tracer = { manufacturer: "Trane", model: "Tracer SC", firmwareVersion: "4.0" };
    const about = (versions: string) => advisory({ vendor: "Trane", name: "Tracer SC", versions });
    expect(verdictOn(tracer, about("< 4.4 SP7"))).toBe("undecidable");
    expect(verdictOn(tracer, about("<= 3.8"))).toBe("not-affected");
    expect(verdictOn({ ...tracer, model: "Tracer SC+" }, about("< 4.4 SP7"))).toBe("none");
    expect(verdictOn({ ...tracer, manufacturer: "Delta Controls" }, about("< 4.4 SP7"))).toBe("none");
    const byNumber = advisory({ name: "SCALANCE X208 (6GK5208-0BA10-2AA3)" });
    const own = { manufacturer: "Siemens", model: "SCALANCE X208", firmwareVersion: "V5.2" };
    expect(verdictOn(own, byNumber)).toBe("undecidable");
    expect(verdictOn({ ...own, orderNumber: "6GK5208-0BA00-2AA3" }, byNumber)).toBe("none");
    const drive = {
      manufacturer: "Rockwell Automation",
      model: "PowerFlex 525 1P 240V  .50HP",
      firmwareVersion: "5.1",
    };
    const drives = rockwell("PowerFlex 525 AC Drives with embedded EtherNet/IP and Safety", { versions: "<= 5.001" });
    expect(verdictOn(drive, advisory(drives))).toBe("undecidable");
    expect(verdictOn({ ...drive, catalogNumber: "25B-D010N104" }, advisory(drives))).toBe("affected");
  });
  it("lines of which the parts are limited to other versions", () => {
    const versions = (...texts: string[]) =>
      advisory(
        ...texts.map((text) => ({ vendor: "Omron", name: "NJ/NX-series Controllers and Software", versions: text })),
      );
    const omron = { manufacturer: "Omron", orderNumber: "NJ501-1500", firmwareVersion: "1.40" };
    const leaves = versions("<= 1.28", "<= 1.48", "<= 1.49");
    expect(verdictOn(omron, leaves)).toBe("affected");
    expect(verdictOn({ ...omron, firmwareVersion: "1.49" }, leaves)).toBe("not-affected");
    expect(verdictOn({ ...omron, orderNumber: "NX102-9000" }, leaves)).toBe("affected");
    expect(verdictOn({ ...omron, orderNumber: "NX701-1600" }, leaves)).toBe("not-affected");
  });
  it("a switch whose releases are told apart by trains, not by what it tells as revision", () => {
    const own = { ...module, catalogNumber: "1783-BMS10CGL", firmwareVersion: "6.1" };
    const named = advisory(rockwell("Allen-Bradley Stratix 5700", { versions: "<= 15.2(6)E0a" }));
    expect(verdictOn(own, named)).toBe("undecidable");
    expect(verdictOn({ ...own, firmwareVersion: "15.2(7)E3" }, named)).toBe("not-affected");
    const all = "Rockwell Automation Stratix Devices";
    const both = advisory(rockwell(all, { versions: "<15.2{7}E2" }), rockwell(all, { versions: "<16.12.01" }));
    expect(verdictOn(own, both)).toBe("undecidable");
    expect(verdictOn({ ...own, firmwareVersion: "15.2(7)E3" }, both)).toBe("not-affected");
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
  it("only of the vulnerabilities that the versions are limited to", () => {
    const about = advisory(
      { name: "SIMATIC S7-1200 CPU family", versions: "< 4.4.0" },
      { name: "SIMATIC S7-1200 CPU family", versions: ">= 4.4.0 (only affected by CVE-2025-0002)" },
    );
    const [first] = about.vulnerabilities;
    about.vulnerabilities.push({ ...first!, cveId: "CVE-2025-0002" });
    const cpu = {
      ...UNKNOWN_HARDWARE,
      manufacturer: "Siemens",
      orderNumber: "6ES7 214-1AG40-0XB0",
      firmwareVersion: "V4.6",
    };
    const [found] = matchHost(
      [{ place: null, hardware: cpu, isFirmwareProven: true }],
      indexProducts(compileAdvisory(about)),
    );
    expect(found!.verdicts).toMatchObject([
      { vulnerability: 0, verdict: "not-affected" },
      { vulnerability: 1, verdict: "affected" },
    ]);
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
      { place: null, hardware: UNKNOWN_HARDWARE, isFirmwareProven: true },
      { place: "slot 3", hardware: { ...UNKNOWN_HARDWARE, ...module }, isFirmwareProven: true },
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
        const devices = [{ place: null, hardware: { ...UNKNOWN_HARDWARE, ...hardware }, isFirmwareProven: true }];
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
