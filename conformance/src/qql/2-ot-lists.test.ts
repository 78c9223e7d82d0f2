import { writeCsaf } from "@breakwater/simulator/advisories/index";
import { beforeAll, describe, expect } from "vitest";
import { bodyOf, call, get, liftLimits, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import {
  HandClock,
  makeControlCapture,
  makePlantCapture,
  makeProtocolCapture,
  ownTest,
  useOwnTarget,
} from "../target.ts";
import { advisories, conversations, events } from "./ot-list-tables.ts";
import { testTable } from "./test-table.ts";
import type { Table } from "./token-table.ts";

const startedAt = new Date();
const clock = new HandClock("2026-01-05T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let token: string;

const controllers = [
  { vendor: "Siemens", name: "CPU (6ES7315-2EH14-0AB0)", versions: "vers:all/*" },
  { vendor: "Siemens", name: "CPU (6ES7317-2EK14-0AB0)", versions: "vers:all/*" },
  { vendor: "Elsewhere", name: "Garden gate", versions: "vers:all/*" },
];
const plans = [
  { id: "EX-26-201", title: "Two controllers stop", products: controllers },
  { id: "EX-26-202", title: "A controller stops", products: controllers.slice(0, 1) },
  { id: "EX-26-203", title: "A gate opens", products: controllers.slice(2), updatedAt: "2025-06-01T00:00:00.000000Z" },
  { id: "EX-26-204", title: "To be told", products: controllers.slice(0, 1), status: "draft" as const },
  { id: "EX-26-205", title: "Never mind (withdrawn)", products: controllers.slice(0, 1) },
];

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  token = await logIn(target);
  await liftLimits(target, token);
  await importFile(target, token, makeControlCapture());
  const wing = { name: "North wing", network: "North wing" };
  await bodyOf(await call(target, "POST", "/ingest/1.0/connection/create", { token, json: wing }), 201);
  await importFile(target, token, makeControlCapture(), { path: "/ingest/1.0/import?connection=North%20wing" });
  for (const file of [await makePlantCapture(), makeProtocolCapture()]) await importFile(target, token, file);
  for (const [index, plan] of plans.entries()) {
    clock.advance(3600);
    token = await logIn(target);
    const affected = plan.products.map((_, place) => place + 1);
    const vulnerabilities = [{ cve: `CVE-2026-020${index}`, affected }];
    if (index === 0) vulnerabilities.push({ cve: "CVE-2026-0300", affected: [1] });
    await importFile(target, token, writeCsaf({ ...plan, vulnerabilities }));
  }
});

const world = { target, clock, startedAt, readToken: () => token };
describe("OT conversations", () => testTable(conversations, world));
describe("OT events", () => testTable(events, world));
describe("OT advisories", () => testTable(advisories, world));

describe.each([conversations, events, advisories] as Table<unknown>[])("$name", ({ name, list, idOf, answered }) => {
  const page = async (parameters: Record<string, string | number>) => {
    const response = await get(target, list + query(parameters), token);
    return { records: await bodyOf<unknown[]>(response), count: Number(response.headers.get("count")) };
  };
  const sortable = Object.keys(answered).filter((token) => token !== "advisory.cveId");

  ownTest(`ot 1.1 [D]: ${name}: pages in any order give each record exactly once`, async () => {
    const all = (await page({ pageSize: 100 })).records.map(idOf);
    for (const [index, key] of sortable.entries()) {
      const sort = JSON.stringify([{ [key]: index % 2 === 0 ? "asc" : "desc" }]);
      const pageSize = Math.ceil(all.length / 3);
      const pages = [0, 1, 2, 3].map((pageNumber) => page({ sort, pageSize, pageNumber }));
      const walked = (await Promise.all(pages)).flatMap(({ records, count }) => {
        expect(count).toBe(all.length);
        return records.map(idOf);
      });
      expect(walked.toSorted(), sort).toEqual(all.toSorted());
    }
  });

  ownTest(`ot 1.1 [D]: ${name}: sort by numbers and times, missing values last`, async () => {
    for (const [key, { kind, valuesOf }] of Object.entries(answered)) {
      if (kind !== "integer" && kind !== "date") continue;
      const { records } = await page({ sort: `[{"${key}":"asc"}]`, pageSize: 100 });
      const values = records.map((record) => Number(valuesOf(record)[0] ?? Number.POSITIVE_INFINITY));
      expect(values, key).toEqual(values.toSorted((a, b) => (a === b ? 0 : a - b)));
    }
  });

  ownTest(`ot 1.1 [D]: ${name}: a bad sort is 400 with its place and the nearest token`, async () => {
    for (const key of sortable) {
      const response = await get(target, list + query({ sort: `[{"${key}zx":"asc"}]` }), token);
      const { message } = await bodyOf<{ message: string }>(response, 400);
      expect(message).toMatch(/line 1, column 3/);
      expect(message.replaceAll(`${key}zx`, "")).toContain(`"${key}"`);
    }
  });
});
