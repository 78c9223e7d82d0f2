import { writeCsaf } from "@breakwater/simulator/advisories/index";
import { beforeAll, describe, expect } from "vitest";
import { ZipFile } from "yazl";
import { bodyOf, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { makePlantCapture, ownTest, useOwnTarget } from "../target.ts";

type Evidence = { cveId: string; verdict: string; matchedBy: string; key: string; comparison: string };
type Detection = {
  uuid: string;
  qid: number;
  status: string;
  typeDetected: string;
  cveIds: string[];
  qds: number;
  evidence: Evidence[];
  advisory: { id: string };
  asset: { assetId: number; name: string };
};

const s7 = "SIMATIC S7-300 CPU 315-2 PN/DP (6ES7315-2EH14-0AB0)";
const later = "2025-06-10T00:00:00.000000Z";

/** The plant has an S7-315 with V3.2.7, an S7-1214 with V4.2.1, a 1756-EN2T/D with 10.007, a 1756-L83E with 33.011. */
const PLANS = {
  order: {
    id: "EX-25-001",
    title: "S7-300 stops",
    products: [
      { vendor: "Siemens", name: s7, versions: "vers:all/<V3.2.16", modelNumbers: ["6ES7315-2EH14-0AB0"] },
      { vendor: "Siemens", name: "SIMATIC S7-300 CPU 317-2 PN/DP (6ES7317-2EK14-0AB0)", versions: "vers:all/<V3.2.16" },
    ],
    vulnerabilities: [{ cve: "CVE-2025-0101", affected: [1, 2], fix: "Update to V3.2.16 or later version" }],
  },
  wildcard: {
    id: "EX-25-002",
    title: "S7-300 may stop",
    products: [{ vendor: " Siemens ", name: s7, versions: "< V3.X.17" }],
    vulnerabilities: [{ cve: "CVE-2025-0102", affected: [1] }],
  },
  series: {
    id: "EX-25-003",
    title: "Communication module",
    products: [
      { vendor: "Rockwell Automation ", name: "1756-EN2T Series D", versions: "<= 11.003" },
      { vendor: "Rockwell Automation", name: "1756-EN2T Series A", versions: "vers:all/*" },
      { vendor: "Rockwell Automation", name: "1756-ENBT/A", versions: "<= 4.002" },
    ],
    vulnerabilities: [
      { cve: "CVE-2025-0103", affected: [1] },
      { cve: "CVE-2025-0104", affected: [2, 3] },
    ],
  },
  line: {
    id: "EX-25-004",
    title: "Product lines",
    products: [
      { vendor: "Rockwell Automation", name: "ControlLogix 5580 controllers", versions: "<= 33.013" },
      {
        vendor: "Siemens",
        name: "SIMATIC S7-1200 CPU family (incl. SIPLUS variants)",
        versions: "All versions < V4.3",
      },
      { vendor: "Siemens", name: "SIMATIC S7-1200 CPU 1214C (6ES7214-1AG40-0XB0)", versions: "vers:all/*" },
      { vendor: "Siemens", name: "Some controller software for S7-1200", versions: "vers:all/*" },
    ],
    vulnerabilities: [
      { cve: "CVE-2025-0105", affected: [1, 2, 4] },
      { cve: "CVE-2025-0106", affected: [2], notAffected: [3] },
    ],
  },
} as const;

async function zip(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [name, text] of Object.entries(files)) archive.addBuffer(Buffer.from(text), name);
  archive.end();
  return Buffer.concat(await Array.fromAsync(archive.outputStream as unknown as AsyncIterable<Buffer>));
}

describe("advisories on the generated plant", () => {
  const target = useOwnTarget();
  let token: string;
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    token = await logIn(target);
    const mirror = await zip({
      "white/2025/ex-25-001.json": writeCsaf(PLANS.order),
      "white/2025/ex-25-002.json": writeCsaf(PLANS.wildcard),
      "white/2025/ex-25-003.json": writeCsaf(PLANS.series),
      "white/index.txt": "2025/ex-25-001.json\n2025/ex-25-002.json\n",
      "white/changes.csv": '"2025/ex-25-001.json","2025-01-14T00:00:00Z"\n',
      "white/feed-tlp-white.json": JSON.stringify({
        feed: { id: "feed", title: "Feed", entry: [{ id: "EX-25-001" }] },
      }),
      "white/2025/ex-25-001.json.sha256": `${"0".repeat(64)}  ex-25-001.json\n`,
    });
    const before = await importFile(target, token, mirror);
    expect(before).toMatchObject({
      status: "COMPLETED",
      format: "csaf",
      counts: { recordsRead: 3, recordsRefused: 0 },
    });
    await importFile(target, token, await makePlantCapture());
    expect(await importFile(target, token, writeCsaf(PLANS.line))).toMatchObject({ status: "COMPLETED" });
  });

  ownTest("etm 6 [B]: advisories are among the feeds, with their date, age and number", async () => {
    const feeds = await bodyOf<{ kind: string; loadedDate: number }[]>(await get(target, "/etm/1.0/feed/list", token));
    const csaf = feeds.find(({ kind }) => kind === "csaf");
    expect(csaf).toMatchObject({ status: "LOADED", recordCount: 4, changedCount: 1, ageDays: expect.any(Number) });
    expect(Date.now() - csaf!.loadedDate).toBeLessThan(3_600_000);
  });

  async function detections(filter: string): Promise<Detection[]> {
    const parameters = query({ filter, pageSize: 100, sort: '[{"vulnerabilities.qid":"asc"}]' });
    const { vulnerabilities } = await bodyOf<{ vulnerabilities: Detection[] }>(
      await get(target, `/ot/1.0/detection/list${parameters}`, token),
    );
    return vulnerabilities;
  }
  const shape = (found: readonly Detection[]) => found.map(({ typeDetected, cveIds }) => [typeDetected, cveIds.join()]);

  ownTest("ot 3 [B]: an affected version confirms, a placeholder leaves it open", async () => {
    const found = await detections("hardware.orderNumber:`6ES7 315-2EH14-0AB0`");
    expect(shape(found)).toEqual([
      ["Confirmed", "CVE-2025-0101"],
      ["Potential", "CVE-2025-0102"],
    ]);
    expect(await detections("hardware.orderNumber:`6ES7 317-2EK14-0AB0`")).toEqual([]);
  });

  ownTest("ot 3 [B]: catalogue numbers with their series, versions numeric by part", async () => {
    expect(shape(await detections("hardware.catalogNumber:`1756-EN2T/D`"))).toEqual([["Confirmed", "CVE-2025-0103"]]);
    expect(await detections("hardware.catalogNumber:`1756-ENBT/A`")).toEqual([]);
  });

  ownTest("ot 3 [B]: product lines; a statement by order number outweighs one by the line", async () => {
    expect(shape(await detections("hardware.catalogNumber:`1756-L83E/B`"))).toEqual([["Confirmed", "CVE-2025-0105"]]);
    expect(shape(await detections("hardware.orderNumber:`6ES7 214-1AG40-0XB0`"))).toEqual([
      ["Confirmed", "CVE-2025-0105"],
    ]);
  });

  ownTest("ot 3 [B]: a verdict tells product, key and comparison", async () => {
    const [first] = await detections("vulnerabilities.cveId:CVE-2025-0101");
    expect(first!.evidence).toEqual([
      {
        cveId: "CVE-2025-0101",
        verdict: "affected",
        productId: "P1",
        product: `Siemens: ${s7}`,
        matchedBy: "order-number",
        key: "6ES73152EH140AB0",
        place: null,
        installedVersion: "V3.2.7",
        statedVersions: "vers:all/<V3.2.16",
        comparison: expect.any(String),
      },
    ]);
  });

  ownTest("ot 3 [B]: detections are findings of the same asset, and in its risk", async () => {
    const [first] = await detections("vulnerabilities.cveId:CVE-2025-0101");
    const findings = await bodyOf<
      { cveId: string; qds: number; vendorProductName: string; asset: { assetName: string } }[]
    >(await get(target, `/etm/1.0/finding/list${query({ filter: "finding.cveId:CVE-2025-0101" })}`, token));
    expect(findings).toMatchObject([
      { cveId: "CVE-2025-0101", category: "VULNERABILITY", asset: { assetName: first!.asset.name } },
    ]);
    const { assets } = await bodyOf<{ assets: { risk: number; vulnerabilityCount: number }[] }>(
      await get(target, `/ot/1.0/host/list${query({ filter: `asset.assetId:${first!.asset.assetId}` })}`, token),
    );
    expect(assets).toMatchObject([{ vulnerabilityCount: 2 }]);
    expect(assets[0]!.risk).toBeGreaterThan(0);
  });

  ownTest(
    "ot 3 [B]: every host is one asset of ETM and every vulnerability one finding, with one score each",
    async () => {
      const { assets: hosts } = await bodyOf<{
        assets: { assetId: number; name: string; risk: number; vulnerabilityCount: number }[];
      }>(await get(target, "/ot/1.0/host/list?pageSize=100", token));
      const assets = await bodyOf<
        { id: string; isOt: boolean; name: string; truRiskScore: number; findingCount: number }[]
      >(await get(target, "/etm/1.0/asset/list?pageSize=100", token));
      const own = assets.map(({ id, isOt, name, truRiskScore, findingCount }) => [
        id,
        isOt,
        name,
        truRiskScore,
        findingCount,
      ]);
      const theirs = hosts.map(({ assetId, name, risk, vulnerabilityCount }) => {
        return [String(assetId), true, name, risk, vulnerabilityCount];
      });
      expect(own.sort()).toEqual(theirs.sort());
      const open = (await detections("")).filter(({ status }) => status !== "FIXED");
      for (const { asset, cveIds, qds, typeDetected } of open) {
        const scores: number[] = [];
        for (const cveId of cveIds) {
          const filter = `finding.cveId:${cveId} and finding.typeDetected:${typeDetected}`;
          const assetFilter = `asset.name:\`${asset.name}\``;
          const found = await bodyOf<{ qds: number }[]>(
            await get(target, `/etm/1.0/finding/list${query({ filter, assetFilter })}`, token),
          );
          expect(found).toHaveLength(1);
          scores.push(found[0]!.qds);
        }
        expect(Math.max(...scores)).toBe(qds);
      }
      expect(open.length).toBeGreaterThan(3);
      for (const typeDetected of ["Confirmed", "Potential"]) {
        const filter = query({ filter: `finding.typeDetected:${typeDetected}` });
        const { count } = await bodyOf<{ count: number }>(await get(target, `/etm/1.0/finding/count${filter}`, token));
        expect(count).toBe(
          open.filter((one) => one.typeDetected === typeDetected).flatMap(({ cveIds }) => cveIds).length,
        );
      }
    },
  );

  ownTest(
    "ot 3 [B]: a corrected advisory fixes and reopens what it touches, with history and the same qid",
    async () => {
      const [before] = await detections("vulnerabilities.cveId:CVE-2025-0101");
      const corrected = {
        ...PLANS.order,
        updatedAt: later,
        products: PLANS.order.products.map((one) => ({ ...one, versions: "< V3.0" })),
      };
      await importFile(target, token, writeCsaf(corrected));
      expect(await detections("vulnerabilities.cveId:CVE-2025-0101")).toMatchObject([
        { uuid: before!.uuid, qid: before!.qid, status: "FIXED" },
      ]);
      // The older copy turns nothing back.
      await importFile(target, token, writeCsaf(PLANS.order));
      expect(await detections("vulnerabilities.cveId:CVE-2025-0101")).toMatchObject([{ status: "FIXED" }]);
      await importFile(target, token, writeCsaf({ ...PLANS.order, updatedAt: "2025-07-08T00:00:00.000000Z" }));
      const path = `/ot/1.0/detection/${before!.uuid}`;
      const detail = await bodyOf<{ status: string; history: { status: string }[] }>(await get(target, path, token));
      expect(detail.status).toBe("REOPENED");
      expect(detail.history.map(({ status }) => status).filter((status) => status !== "ACTIVE")).toEqual([
        "NEW",
        "FIXED",
        "REOPENED",
      ]);
    },
  );

  ownTest("ot 3 [B]: advisories are listed by their number, with what they found", async () => {
    const list = async (search: string) => {
      const response = await get(target, `/ot/1.0/advisory/list${query({ search })}`, token);
      const advisories = await bodyOf<{ id: string; qid: number; detectionCount: number }[]>(response);
      return { advisories, count: Number(response.headers.get("count")) };
    };
    const all = await list("");
    expect(all.count).toBe(4);
    expect(all.advisories.map(({ qid }) => qid).sort()).toEqual([9_000_000, 9_000_001, 9_000_002, 9_000_003]);
    expect(await list("cve-2025-0102")).toMatchObject({
      count: 1,
      advisories: [{ id: "EX-25-002", detectionCount: 1 }],
    });
  });

  ownTest(
    "ot 3 [B]: a document that breaks the schema is refused with its reason, and its neighbours are not",
    async () => {
      const { document, ...rest } = JSON.parse(writeCsaf({ ...PLANS.order, id: "EX-25-090" })) as { document: object };
      const broken = JSON.stringify({ document: { ...document, tracking: { id: "EX-25-090" } }, ...rest });
      const whole = writeCsaf({ ...PLANS.wildcard, id: "EX-25-091" });
      const job = await importFile(target, token, await zip({ "a.json": broken, "b.json": whole }));
      expect(job).toMatchObject({ status: "COMPLETED", counts: { recordsRead: 1, recordsRefused: 1 } });
      expect(job.issues).toMatchObject([{ level: "refused", code: "csaf-invalid" }]);
      expect(job.issues[0]!.message).toContain("document.tracking");
    },
  );
});
