import { writeCsaf } from "@breakwater/simulator/advisories/index";
import { beforeAll, describe, expect, test } from "vitest";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { makePlantCapture, ownTest, useOwnTarget, useTarget } from "../target.ts";

type Detection = Record<string, unknown> & {
  uuid: string;
  qid: number;
  severity: number;
  criticality: string;
  asset: { assetId: number };
};

const LIST = "/ot/1.0/detection/list";
const run = Date.now().toString(36);

const empty = useTarget();
test("ot 1 [O]: a list without vulnerabilities is an object with an empty list", async () => {
  const filter = query({ filter: "vulnerabilities.title:`nothing is called so`" });
  for (const path of ["/ot/v1/detection/list", LIST]) {
    const response = await get(empty, path + filter, await logIn(empty));
    expect(await bodyOf(response)).toEqual({ vulnerabilities: [] });
    expect(response.headers.get("count")).toBe("0");
  }
});

test("platform 3 [B]: without OT Vulnerabilities Access the vulnerabilities are 403 although API access is there", async () => {
  const manager = await logIn(empty);
  const role = `hosts_only_${run}`;
  const permissions = ["VMDR OT.API.ACCESS"];
  await bodyOf(
    await call(empty, "POST", "/admin/1.0/role/create", {
      token: manager,
      json: { name: role, hasApiAccess: true, permissions },
    }),
    201,
  );
  const login = { username: `hosts_${run}`, password: "a-long-pass-phrase-1" };
  await bodyOf(await call(empty, "POST", "/admin/1.0/user/create", { token: manager, json: { ...login, role } }), 201);
  const token = await logIn(empty, login);
  expect((await get(empty, "/ot/1.0/host/list", token)).status).toBe(200);
  const paths = [
    LIST,
    "/ot/v1/detection/list",
    "/ot/1.0/detection/count",
    "/ot/1.0/detection/x",
    "/ot/1.0/advisory/list",
  ];
  for (const path of paths) {
    expect(await bodyOf(await get(empty, path, token), 403)).toMatchObject({
      error: "Forbidden",
      message: "OT Vulnerabilities Access is required",
    });
  }
});

const controllers = [
  "6ES7315-2EH14-0AB0",
  "6ES7317-2EK14-0AB0",
  "6ES7412-2EK06-0AB0",
  "6ES7214-1AG40-0XB0",
  "6ES7516-3AN01-0AB0",
];

/** One advisory for each of the plant's five S7 controllers, of rising severity, and one for all of them. */
const advisories = [
  ...controllers.map((number, index) => ({
    id: `EX-25-10${index}`,
    title: `Overflow ${index} of the web server`,
    products: [
      {
        vendor: "Siemens",
        name: `CPU (${number})`,
        versions: ["vers:all/*", "< V3.X.99", "vers:all/*", "< V4.X.9", "vers:all/*"][index]!,
      },
    ],
    vulnerabilities: [{ cve: `CVE-2025-020${index}`, score: [3.1, 5.3, 7.5, 9.8, 10][index]!, affected: [1] }],
  })),
  {
    id: "EX-25-110",
    title: "Denial of service",
    products: controllers.map((number) => ({ vendor: "Siemens", name: `CPU (${number})`, versions: "vers:all/*" })),
    vulnerabilities: [
      { cve: "CVE-2025-0210", score: 8.8, affected: [1, 2, 3, 4, 5] },
      { cve: "CVE-2025-0211", score: 6.5, affected: [1, 2, 3, 4, 5] },
    ],
  },
];
const TOTAL = 10;

describe("on the generated plant", () => {
  const target = useOwnTarget();
  let token: string;
  let all: Detection[];
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    token = await logIn(target);
    await importFile(target, token, await makePlantCapture());
    for (const plan of advisories) await importFile(target, token, writeCsaf(plan));
    all = (await page({ pageSize: 100 })).vulnerabilities;
  });

  async function page(parameters: Record<string, string | number>, path = LIST) {
    const response = await get(target, path + query(parameters), token);
    const { vulnerabilities } = await bodyOf<{ vulnerabilities: Detection[] }>(response);
    return { vulnerabilities, count: Number(response.headers.get("count")) };
  }
  const ids = (found: readonly Detection[]) => found.map(({ uuid }) => uuid).sort();

  ownTest("ot 1 [O]: both versions list the vulnerabilities, of every host that has one", async () => {
    expect(all).toHaveLength(TOTAL);
    expect((await page({ pageSize: 100 }, "/ot/v1/detection/list")).vulnerabilities).toEqual(all);
  });

  ownTest("platform 5 [B]: v1 of the list says that its service has ended", async () => {
    const response = await get(target, "/ot/v1/detection/list", token);
    expect(response.status).toBe(200);
    expect(response.headers.get("link")).toContain(LIST);
    expect(response.headers.get("sunset")).not.toBeNull();
  });

  ownTest("ot 1.2 [B]: a record has every documented name", async () => {
    const { vulnerabilities } = await page({ filter: "vulnerabilities.cveId:CVE-2025-0210", pageSize: 1 });
    const [record] = vulnerabilities;
    expect(Object.keys(record!)).toEqual([
      ...["uuid", "qid", "title", "cveIds", "severity", "criticality", "typeDetected", "status", "vulnCategory"],
      ...["threatIntel", "firstDetected", "lastDetected", "lastFixed", "cvssBase", "cvss3Base", "cvss4Base", "qds"],
      ...["advisory", "solution", "threat", "impact", "evidence", "asset"],
    ]);
    expect(record).toMatchObject({
      title: "Denial of service",
      cveIds: ["CVE-2025-0210", "CVE-2025-0211"],
      severity: 4,
      criticality: "HIGH",
      typeDetected: "Confirmed",
      status: "NEW",
      lastFixed: null,
      cvss3Base: 8.8,
      cvss4Base: null,
      advisory: { id: "EX-25-110", title: "Denial of service", url: "https://cert.example/advisories/ex-25-110" },
      asset: { assetId: expect.any(Number), name: expect.any(String), ipAddress: [expect.any(String)] },
    });
    expect(record!.firstDetected).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(record!.qds).toBeGreaterThan(0);
  });

  ownTest("ot 1.2 [B]: one qid per advisory, from 9,000,000 up", async () => {
    expect([...new Set(all.map(({ qid }) => qid))].sort()).toEqual(advisories.map((_, index) => 9_000_000 + index));
  });

  ownTest("qql 2 [D]: detection tokens, and host tokens beside them", async () => {
    const holds: [filter: string, count: number][] = [
      ["vulnerabilities.qid:9000005", 5],
      ["vulnerabilities.qid:[9000000 .. 9000002]", 3],
      ['vulnerabilities.title:"denial of service"', 5],
      ["vulnerabilities.vulnerability.title:overflow", 5],
      ["vulnerabilities.severity:5", 2],
      ["vulnerabilities.severity>=4", 8],
      ["vulnerabilities.criticality:CRITICAL", 2],
      ["vulnerabilities.vulnerability.criticality:LOW", 1],
      ["vulnerabilities.typeDetected:Potential", 2],
      ["vulnerabilities.status:[NEW, ACTIVE]", 10],
      ["vulnerabilities.status:FIXED", 0],
      ["vulnerabilities.vulnCategory:ICS", 10],
      ["vulnerabilities.firstDetected>now-1d", 10],
      ["vulnerabilities.lastDetected<now-1d", 0],
      ["vulnerabilities.cveId:cve-2025-0211", 5],
      ["vulnerabilities.cveId:[CVE-2025-0200, CVE-2025-0204]", 2],
      ["vulnerabilities.hardware.vendor:Siemens", 10],
      ["vulnerabilities.vulnerability.threatIntel:Cisa_Known_Exploited_Vulns", 0],
      ["vulnerabilities.qds>=1", 10],
      ["vulnerabilities:(severity:4 and typeDetected:Confirmed)", 6],
      ["hardware.orderNumber:`6ES7 315-2EH14-0AB0`", 2],
      ["hardware.family:`S7-300` and vulnerabilities.severity<4", 2],
      ["not hardware.manufacturer:Siemens", 0],
      ["interfaces:(protocol:s7comm and port:102) and vulnerabilities.severity:5", 2],
    ];
    for (const [filter, count] of holds) {
      const found = await page({ filter, pageSize: 100 });
      expect([filter, found.count, found.vulnerabilities.length]).toEqual([filter, count, count]);
      expect(await bodyOf(await get(target, `/ot/1.0/detection/count${query({ filter })}`, token)), filter).toEqual({
        count,
      });
    }
  });

  ownTest("ot 1.1 [D]: walking the pages gives each vulnerability exactly once, whatever the order", async () => {
    const sorts = [
      "",
      '[{"vulnerabilities.lastDetected":"desc"},{"vulnerabilities.qid":"asc"}]',
      '[{"vulnerabilities.severity":"desc"}]',
      '[{"vulnerabilities.qds":"asc"},{"asset.name":"desc"}]',
    ];
    for (const sort of sorts) {
      const walked: Detection[] = [];
      for (let pageNumber = 0; pageNumber < 4; pageNumber += 1) {
        walked.push(...(await page({ pageNumber, pageSize: 3, ...(sort ? { sort } : {}) })).vulnerabilities);
      }
      expect(ids(walked), sort).toEqual(ids(all));
    }
    const { vulnerabilities } = await page({
      sort: '[{"vulnerabilities.severity":"desc"},{"vulnerabilities.qid":"asc"}]',
    });
    const keys = vulnerabilities.map(({ severity, qid }) => [-severity, qid] as const);
    expect(keys).toEqual(keys.toSorted(([a, x], [b, y]) => a - b || x - y));
  });

  ownTest("ot 1.1 [D]: criticalities are in the order of their meaning", async () => {
    const words = ["CRITICAL", "HIGH", "MEDIUM", "LOW"];
    for (const direction of ["desc", "asc"] as const) {
      const sort = `[{"vulnerabilities.criticality":"${direction}"},{"vulnerabilities.qid":"asc"}]`;
      const { vulnerabilities } = await page({ pageSize: 100, sort });
      const places = vulnerabilities.map(({ criticality }) => words.indexOf(criticality));
      expect(new Set(places).size).toBeGreaterThan(1);
      expect(places).toEqual([...places].sort((a, b) => (direction === "desc" ? a - b : b - a)));
    }
  });

  ownTest("ot 1.1 [D]: a bad filter or sort is 400 with position and the nearest token", async () => {
    for (const path of [LIST, "/ot/v1/detection/list", "/ot/1.0/detection/count"]) {
      const filter = query({ filter: "vulnerabilities.severty:5" });
      const { message } = await bodyOf<{ message: string }>(await get(target, path + filter, token), 400);
      expect(message).toContain("Invalid QQL token");
      expect(message).toMatch(/line 1, column 1/);
      expect(message).toContain("vulnerabilities.severity");
    }
    const sort = query({ sort: '[{"vulnerabilities.titel":"asc"}]' });
    expect((await bodyOf<{ message: string }>(await get(target, LIST + sort, token), 400)).message).toContain(
      "vulnerabilities.title",
    );
  });

  ownTest("ot 1 [B]: one vulnerability with its history; an unknown one is 404", async () => {
    const [record] = all;
    const detail = await bodyOf<Detection>(await get(target, `/ot/1.0/detection/${record!.uuid}`, token));
    const { history, ...rest } = detail;
    expect(rest).toEqual(record);
    const { status, typeDetected, cveIds, firstDetected } = record!;
    expect((history as unknown[])[0]).toEqual({
      date: firstDetected,
      status: "NEW",
      typeDetected,
      cveIds,
      reason: null,
    });
    expect((history as unknown[]).at(-1)).toMatchObject({ status });
    for (const id of ["00000000-0000-4000-8000-000000000000", "x", "1"]) {
      await bodyOf(await get(target, `/ot/1.0/detection/${id}`, token), 404);
    }
  });
});
