import type { Advisory } from "@breakwater/domain/ot/advisories/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import { getDetection, listAdvisories, listDetections } from "../detections/service.ts";
import { createSubscription, identity, importCapture } from "../ot/capture-run.fixture.ts";
import { ADVISORY_MATCHING } from "./index.ts";
import { advisory, importAdvisories, matchAll, told } from "./matching.fixture.ts";

const DAY = 86_400_000;
const START = Date.UTC(2025, 6, 1);
const cpu = "SIMATIC S7-300 CPU 315-2 PN/DP (6ES7315-2EH14-0AB0)";

type Detection = Record<string, unknown> & {
  uuid: string;
  qid: number;
  status: string;
  typeDetected: string;
  cveIds: string[];
  asset: { assetId: number };
};

let testDatabase: TestDatabase;
let db: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  db = testDatabase.open();
});
afterAll(async () => testDatabase.drop());

async function seeController(
  plant: number,
  firmwareVersion: string,
  seenAt: number,
  { serialNumber = "S C-1234567", orderNumber = "6ES7 315-2EH14-0AB0" } = {},
) {
  const hardware = {
    manufacturer: "Siemens",
    orderNumber,
    type: "Programmable Logic Controller (PLC)",
    firmwareVersion,
    serialNumber,
  };
  await importCapture(db, plant, [identity({ ip: "10.0.0.1" }, hardware, seenAt, "s7comm")]);
}

async function detectionsOf(plant: number, filter = ""): Promise<Detection[]> {
  const scoped = scopeTo(db, { subscriptionId: plant, scope: { kind: "all" } });
  const sort = '[{"vulnerabilities.qid":"asc"}]';
  const { json } = await listDetections(scoped, { filter, sort }, { pageNumber: 0, pageSize: 100 }, Date.now());
  return JSON.parse(json.toString()).vulnerabilities as Detection[];
}

async function endOf(plant: number, uuid: string): Promise<string | null | undefined> {
  const scoped = scopeTo(db, { subscriptionId: plant, scope: { kind: "all" } });
  const { history } = JSON.parse(await getDetection(scoped, uuid)) as { history: { reason: string | null }[] };
  return history.at(-1)?.reason;
}

async function historyOf(plant: number, uuid: string) {
  const scoped = scopeTo(db, { subscriptionId: plant, scope: { kind: "all" } });
  const { history } = JSON.parse(await getDetection(scoped, uuid)) as {
    history: { status: string; typeDetected: string }[];
  };
  return history.map(({ status, typeDetected }) => `${status} ${typeDetected}`);
}

type FindingRow = { cve: string; status: string; product: string; presentSources: number };

async function findingsOf(plant: number): Promise<FindingRow[]> {
  const { rows } = await sql<FindingRow>`
    SELECT f.cve_id AS cve, f.status, c.product, (SELECT count(*)::int FROM finding_source s
      WHERE s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id AND s.fingerprint = f.fingerprint AND s.is_present
    ) AS "presentSources"
    FROM finding f JOIN check_definition c ON c.subscription_id = f.subscription_id AND c.id = f.check_id
    WHERE f.subscription_id = ${plant} ORDER BY f.cve_id`.execute(db.read);
  return rows;
}

describe("the life of a detection", () => {
  it("begins with a host or an advisory, whichever comes last, and follows the firmware", async () => {
    const plant = await createSubscription(db);
    await seeController(plant, "V3.2.7", START);
    expect(await matchAll(db, plant, START)).toEqual({ added: 0, reopened: 0, fixed: 0 });
    await importAdvisories(
      db,
      plant,
      told(advisory("ADV-1", "CVE-2025-0001", [{ name: cpu, versions: "vers:all/<V3.2.16" }])),
    );
    expect(await matchAll(db, plant, START)).toEqual({ added: 1, reopened: 0, fixed: 0 });
    const [detection] = await detectionsOf(plant);
    expect(detection).toMatchObject({
      qid: 9_000_000,
      status: "NEW",
      typeDetected: "Confirmed",
      cveIds: ["CVE-2025-0001"],
      severity: 4,
      criticality: "HIGH",
      cvss3Base: 7.5,
      advisory: { id: "ADV-1" },
      solution: "Ask the vendor for the fix.",
      evidence: [
        {
          cveId: "CVE-2025-0001",
          verdict: "affected",
          matchedBy: "order-number",
          key: "6ES73152EH140AB0",
          installedVersion: "V3.2.7",
          statedVersions: "vers:all/<V3.2.16",
        },
      ],
    });
    expect(detection!.qds).toBeGreaterThan(0);

    await seeController(plant, "V3.2.7", START + DAY);
    await matchAll(db, plant, START + DAY);
    await seeController(plant, "V3.2.17", START + 2 * DAY);
    expect(await matchAll(db, plant, START + 2 * DAY)).toMatchObject({ fixed: 1 });
    expect(await detectionsOf(plant)).toMatchObject([
      { status: "FIXED", lastFixed: new Date(START + 2 * DAY).toISOString() },
    ]);
    await seeController(plant, "V3.2.10", START + 3 * DAY);
    expect(await matchAll(db, plant, START + 3 * DAY)).toMatchObject({ reopened: 1 });
    expect(await detectionsOf(plant)).toMatchObject([{ status: "REOPENED", uuid: detection!.uuid }]);
    expect(await historyOf(plant, detection!.uuid)).toEqual([
      "NEW Confirmed",
      "ACTIVE Confirmed",
      "FIXED Confirmed",
      "REOPENED Confirmed",
    ]);
  });

  it("follows the advisory: corrected, turned unsure, taken back, and never turned back by an older copy", async () => {
    const plant = await createSubscription(db);
    await seeController(plant, "V3.2.7", START);
    const issue = async (versions: string, day: number) => {
      const corrected = advisory("ADV-2", "CVE-2025-0002", [{ name: cpu, versions }], { updatedAt: START + day * DAY });
      const { counts } = await importAdvisories(db, plant, told(corrected));
      await matchAll(db, plant, START + day * DAY);
      return counts;
    };
    await issue("< V3.X.17", 1);
    const [potential] = await detectionsOf(plant);
    expect(potential).toMatchObject({ typeDetected: "Potential", status: "NEW" });
    await issue("< V3.2.17", 2);
    expect(await detectionsOf(plant)).toMatchObject([
      { uuid: potential!.uuid, qid: potential!.qid, typeDetected: "Confirmed" },
    ]);
    await issue("< V3.X.17", 1);
    expect(await detectionsOf(plant)).toMatchObject([{ typeDetected: "Confirmed" }]);
    await issue("< V3.0", 3);
    expect(await detectionsOf(plant)).toMatchObject([{ status: "FIXED" }]);
    expect(await historyOf(plant, potential!.uuid)).toEqual(["NEW Potential", "ACTIVE Confirmed", "FIXED Confirmed"]);
  });

  it("takes the new words of an advisory that says the same of each device, and matches nothing for it", async () => {
    const plant = await createSubscription(db);
    await seeController(plant, "V3.2.7", START);
    const issue = async (day: number, description: string, fix: string, score = 7.5) => {
      const first = advisory("ADV-30", "CVE-2025-0030", [{ name: cpu, versions: "< V3.2.16" }]);
      const [vulnerability] = first.vulnerabilities;
      const scores = vulnerability!.scores.map((one) => ({ ...one, score }));
      const remediations = vulnerability!.remediations.map((one) => ({ ...one, details: fix }));
      const vulnerabilities = [{ ...vulnerability!, description, scores, remediations }];
      const title = `Edition ${day}`;
      await importAdvisories(db, plant, told({ ...first, title, updatedAt: START + day * DAY, vulnerabilities }));
    };
    const dueHosts = async () => {
      const { rows } = await sql`SELECT FROM ot_due_host WHERE subscription_id = ${plant}`.execute(db.read);
      return rows.length;
    };
    await issue(1, "It stops.", "Wait.");
    expect(await dueHosts()).toBe(1);
    await matchAll(db, plant, START + DAY);
    const [before] = await detectionsOf(plant);
    expect(before).toMatchObject({ status: "NEW", title: "Edition 1", threat: "It stops.", solution: "Wait." });
    await issue(2, "It stops at once.", "Update.");
    expect(await dueHosts()).toBe(0);
    const words = { title: "Edition 2", threat: "It stops at once.", solution: "Update." };
    expect(await detectionsOf(plant)).toEqual([
      { ...before, ...words, advisory: { ...(before!.advisory as object), title: "Edition 2" } },
    ]);
    // What it says by now is known to be said: nothing is worded again.
    await seeController(plant, "V3.2.7", START + 3 * DAY);
    await matchAll(db, plant, START + 3 * DAY);
    expect(await detectionsOf(plant)).toMatchObject([{ ...words, uuid: before!.uuid, status: "ACTIVE" }]);
    await issue(4, "It stops at once.", "Update.", 9.8);
    expect(await dueHosts()).toBe(1);
    await matchAll(db, plant, START + 4 * DAY);
    expect(await detectionsOf(plant)).toMatchObject([{ uuid: before!.uuid, severity: 5, cvss3Base: 9.8 }]);
  });

  it("ends with a reason: what is installed, what the advisory says now, or that it was withdrawn", async () => {
    const plant = await createSubscription(db);
    const about = (over: Partial<Advisory>, versions = "< V3.2.17") =>
      advisory("ADV-9", "CVE-2025-0009", [{ name: cpu, versions }], over);
    let day = 0;
    const see = async (firmwareVersion: string) => seeController(plant, firmwareVersion, START + ++day * DAY);
    const issue = async (over: Partial<Advisory>, versions?: string) =>
      importAdvisories(db, plant, told(about({ ...over, updatedAt: START + ++day * DAY }, versions)));
    const ended = async () => {
      await matchAll(db, plant, START + ++day * DAY);
      const [detection] = await detectionsOf(plant);
      return [detection!.status, await endOf(plant, detection!.uuid)];
    };
    const reopened = ["REOPENED", "installed V3.2.17, affected vers:all/*: all versions are meant"];
    await see("V3.2.7");
    await issue({});
    expect(await ended()).toEqual(["NEW", null]);
    await see("V3.2.17");
    expect(await ended()).toEqual([
      "FIXED",
      "installed V3.2.17, affected < V3.2.17: the version is outside the stated range",
    ]);
    await issue({}, "vers:all/*");
    expect(await ended()).toEqual(reopened);
    await issue({ version: "4", products: [] });
    expect(await ended()).toEqual(["FIXED", "version 4 of the advisory does not name this device"]);
    await issue({}, "vers:all/*");
    expect(await ended()).toEqual(reopened);
    await issue({ version: "6", isFinal: false }, "vers:all/*");
    expect(await ended()).toEqual(["FIXED", "version 6 of the advisory is a draft"]);
    await issue({}, "vers:all/*");
    expect(await ended()).toEqual(reopened);
    await issue({ withdrawal: "It was published by mistake." }, "vers:all/*");
    expect(await ended()).toEqual(["FIXED", "the advisory was withdrawn: It was published by mistake."]);
    expect(await findingsOf(plant)).toMatchObject([{ status: "FIXED", presentSources: 0 }]);
    const scoped = scopeTo(db, { subscriptionId: plant, scope: { kind: "all" } });
    const { advisories } = await listAdvisories(scoped, { search: "ADV-9" }, { pageNumber: 0, pageSize: 10 }, 0);
    expect(advisories).toMatchObject([{ withdrawal: "It was published by mistake.", detectionCount: 0 }]);
  });

  it("ends with what the host is known as, where that has changed", async () => {
    const plant = await createSubscription(db);
    await seeController(plant, "V3.2.7", START);
    await importAdvisories(
      db,
      plant,
      told(advisory("ADV-12", "CVE-2025-0012", [{ name: cpu, versions: "vers:all/*" }])),
    );
    await matchAll(db, plant, START);
    const [detection] = await detectionsOf(plant);
    await seeController(plant, "V3.2.7", START + DAY, { orderNumber: "6ES7 317-2EK14-0AB0" });
    await matchAll(db, plant, START + DAY);
    expect(await detectionsOf(plant)).toMatchObject([{ uuid: detection!.uuid, status: "FIXED" }]);
    expect(await endOf(plant, detection!.uuid)).toBe(
      "the identity changed: the host was known by order number 6ES73152EH140AB0, and is Siemens 6ES7 317-2EK14-0AB0 now",
    );
  });

  it("ends with a reason where one of its vulnerabilities is only possible now", async () => {
    const plant = await createSubscription(db);
    await seeController(plant, "V3.2.7", START);
    const two = (versions: string, day: number) => {
      const made = advisory("ADV-10", "CVE-2025-0010", [{ name: cpu, versions }], { updatedAt: START + day * DAY });
      const possible = { ...made.products[0]!, id: "P1", versions: "< V3.X.17" };
      const second = { ...made.vulnerabilities[0]!, cveId: "CVE-2025-0011", standings: new Map([["P1", "affected"]]) };
      return { ...made, products: [...made.products, possible], vulnerabilities: [...made.vulnerabilities, second] };
    };
    await importAdvisories(db, plant, told(two("vers:all/*", 1) as Advisory));
    await matchAll(db, plant, START + DAY);
    const confirmed = (await detectionsOf(plant, "vulnerabilities.typeDetected:Confirmed"))[0]!;
    expect(confirmed.cveIds).toEqual(["CVE-2025-0010"]);
    await importAdvisories(db, plant, told(two("< V3.X.17", 2) as Advisory));
    await matchAll(db, plant, START + 2 * DAY);
    expect(await endOf(plant, confirmed.uuid)).toMatch(/^it is potential now: /);
  });

  it("is no detection by a draft", async () => {
    const plant = await createSubscription(db);
    await seeController(plant, "V3.2.7", START);
    await importAdvisories(
      db,
      plant,
      told(advisory("ADV-3", "CVE-2025-0003", [{ name: cpu, versions: "vers:all/*" }], { isFinal: false })),
    );
    await matchAll(db, plant);
    expect(await detectionsOf(plant)).toEqual([]);
    const scoped = scopeTo(db, { subscriptionId: plant, scope: { kind: "all" } });
    const { advisories, count } = await listAdvisories(
      scoped,
      { search: "cve-2025-0003" },
      { pageNumber: 0, pageSize: 10 },
      0,
    );
    expect({ count, advisories }).toMatchObject({
      count: 1,
      advisories: [{ id: "ADV-3", isFinal: false, detectionCount: 0 }],
    });
  });
});

test("an advisory tells how many products it is about, and how many of them can be recognised for sure", async () => {
  const plant = await createSubscription(db);
  const products = [
    { name: cpu, versions: "< V3.3" },
    { name: "SIMATIC Example Panel", versions: "< V2" },
    { name: "SIMATIC S7-1200 CPU family", versions: "< V2" },
  ];
  await importAdvisories(db, plant, told(advisory("ADV-13", "CVE-2025-0013", products)));
  const scoped = scopeTo(db, { subscriptionId: plant, scope: { kind: "all" } });
  const { advisories } = await listAdvisories(scoped, { search: "ADV-13" }, { pageNumber: 0, pageSize: 10 }, 0);
  expect(advisories).toMatchObject([{ productCount: 3, recognizableProductCount: 2 }]);
});

test("numbers are given once and kept", async () => {
  const plant = await createSubscription(db);
  const make = (id: string) => advisory(id, "CVE-2025-0004", [{ name: cpu, versions: "vers:all/*" }]);
  await importAdvisories(db, plant, told(make("ADV-B")));
  await importAdvisories(db, plant, told(make("ADV-C"), make("ADV-A"), make("ADV-B")));
  const changed = { ...make("ADV-A"), title: "Changed", updatedAt: START + DAY };
  await importAdvisories(db, plant, told(changed, make("ADV-D")));
  const { rows } = await sql`SELECT id, qid FROM ot_advisory WHERE subscription_id = ${plant} ORDER BY qid`.execute(
    db.read,
  );
  expect(rows).toEqual([
    { id: "ADV-B", qid: 9_000_000 },
    { id: "ADV-A", qid: 9_000_001 },
    { id: "ADV-C", qid: 9_000_002 },
    { id: "ADV-D", qid: 9_000_003 },
  ]);
});

test("detections are findings of the asset, one per CVE, and count in its risk", async () => {
  const plant = await createSubscription(db);
  await seeController(plant, "V3.2.7", START);
  const wide = advisory("ADV-5", "CVE-2025-0005", [{ name: cpu, versions: "vers:all/*" }]);
  const narrow = advisory("ADV-6", "CVE-2025-0005", [{ name: cpu, versions: "vers:all/<V3.2.16" }]);
  await importAdvisories(db, plant, told(wide, narrow));
  await matchAll(db, plant, START);
  expect(await findingsOf(plant)).toEqual([
    { cve: "CVE-2025-0005", status: "NEW", product: ADVISORY_MATCHING, presentSources: 2 },
  ]);
  const riskOf = async () => {
    const { rows } = await sql<{ risk: number; count: number }>`
      SELECT risk, finding_count AS count FROM asset WHERE subscription_id = ${plant}`.execute(db.read);
    return rows[0]!;
  };
  expect(await riskOf()).toMatchObject({ count: 1 });
  expect((await riskOf()).risk).toBeGreaterThan(0);
  await seeController(plant, "V3.2.19", START + DAY);
  await matchAll(db, plant, START + DAY);
  expect(await findingsOf(plant)).toMatchObject([{ status: "ACTIVE", presentSources: 1 }]);
  const gone = { ...wide, updatedAt: START + 2 * DAY, vulnerabilities: [] };
  await importAdvisories(db, plant, told(gone));
  await matchAll(db, plant, START + 2 * DAY);
  expect(await findingsOf(plant)).toMatchObject([{ status: "FIXED", presentSources: 0 }]);
  expect(await riskOf()).toEqual({ risk: 0, count: 0 });
});

test("a host that only passive sources know is absorbed with its detections", async () => {
  const plant = await createSubscription(db);
  await importAdvisories(db, plant, told(advisory("ADV-7", "CVE-2025-0007", [{ name: cpu, versions: "vers:all/*" }])));
  const hardware = { manufacturer: "Siemens", orderNumber: "6ES7 315-2EH14-0AB0", firmwareVersion: "V3.2.7" };
  const [one, two] = [{ mac: "00:1b:1b:00:00:01" }, { ip: "10.0.0.2" }];
  await importCapture(db, plant, [identity(one, hardware, START), identity(two, hardware, START)]);
  await matchAll(db, plant, START);
  expect(await detectionsOf(plant)).toHaveLength(2);
  await importCapture(db, plant, [
    identity({ ...one, ...two }, { ...hardware, serialNumber: "S C-7654321" }, START + DAY),
  ]);
  await matchAll(db, plant, START + DAY);
  expect(await detectionsOf(plant)).toHaveLength(1);
  expect(await findingsOf(plant)).toHaveLength(1);
});

test("nothing crosses subscriptions", async () => {
  const [plant, other] = [await createSubscription(db), await createSubscription(db)];
  await seeController(plant, "V3.2.7", START);
  await seeController(other, "V3.2.7", START);
  await importAdvisories(db, plant, told(advisory("ADV-8", "CVE-2025-0008", [{ name: cpu, versions: "vers:all/*" }])));
  await matchAll(db, plant);
  await matchAll(db, other);
  expect(await detectionsOf(plant)).toHaveLength(1);
  expect(await detectionsOf(other)).toEqual([]);
});

test.each(["a host", "a scanner's asset"])(
  "a detection keeps its history when its host turns out to be %s",
  async (what) => {
    const plant = await createSubscription(db);
    await importAdvisories(
      db,
      plant,
      told(advisory("ADV-1", "CVE-2025-0001", [{ name: cpu, versions: "vers:all/*" }])),
    );
    const hardware = { manufacturer: "Siemens", orderNumber: "6ES7 315-2EH14-0AB0", firmwareVersion: "V3.2.7" };
    for (const ip of what === "a host" ? ["10.0.0.1", "10.0.0.2"] : ["10.0.0.1"]) {
      for (const day of [0, 1]) {
        await importCapture(db, plant, [identity({ ip }, hardware, START + day * DAY, "s7comm")]);
        await matchAll(db, plant, START + day * DAY);
      }
    }
    const mac = "00:1b:1b:00:00:01";
    if (what === "a host") {
      await importCapture(db, plant, [identity({ mac }, hardware, START + 5 * DAY, "profinet-dcp")]);
      await matchAll(db, plant, START + 5 * DAY);
    } else {
      await sql`
      WITH a AS (INSERT INTO asset (subscription_id, name, mac_addresses, sources, created_at, updated_at)
        VALUES (${plant}, 'press-7.plant.example', ${[mac]}, '{Nessus}', now(), now()) RETURNING id)
      INSERT INTO asset_identifier (subscription_id, network, kind, value, asset_id, claimed_at)
      SELECT ${plant}, '', 'mac', ${mac}, id, now() FROM a`.execute(db.write);
    }
    for (const ip of what === "a host" ? ["10.0.0.1", "10.0.0.2"] : ["10.0.0.1"])
      await importCapture(db, plant, [identity({ ip, mac }, hardware, START + 9 * DAY, "lldp")]);
    await matchAll(db, plant, START + 9 * DAY);
    const { rows } = await sql<{ assetId: number; firstFound: Date; status: string }>`
    SELECT f.asset_id AS "assetId", f.first_found AS "firstFound", f.status FROM asset a
    LEFT JOIN finding f ON f.subscription_id = a.subscription_id AND f.asset_id = a.id
    WHERE a.subscription_id = ${plant}`.execute(db.read);
    expect(rows).toMatchObject([{ firstFound: new Date(START), status: "ACTIVE" }]);
    const found = await detectionsOf(plant);
    expect(found).toMatchObject([
      { status: "ACTIVE", firstDetected: new Date(START).toISOString(), asset: { assetId: rows[0]!.assetId } },
    ]);
    const history = await historyOf(plant, found[0]!.uuid);
    expect(history.length).toBe(what === "a host" ? 5 : 2);
  },
);

const versionsOf = fc.constantFrom(
  "vers:all/*",
  "vers:all/<V3.2.16",
  "< V3.X.17",
  ">= V4.0 < V4.5",
  "V3.2.7",
  "No version",
);
const step = fc.oneof(
  fc.record({
    kind: fc.constant("advisory" as const),
    number: fc.integer({ min: 1, max: 3 }),
    versions: versionsOf,
    name: fc.constantFrom(cpu, "SIMATIC S7-1200 CPU family (incl. SIPLUS variants)", "Something else"),
  }),
  fc.record({
    kind: fc.constant("host" as const),
    number: fc.integer({ min: 1, max: 2 }),
    orderNumber: fc.constantFrom("6ES7 315-2EH14-0AB0", "6ES7 214-1AG40-0XB0"),
    firmwareVersion: fc.constantFrom("V3.2.7", "V3.2.17", "V4.4.0"),
  }),
);

test("matching what changed leaves what matching everything would", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 7 }), async (steps) => {
      const plant = await createSubscription(db);
      let at = START;
      for (const one of steps) {
        at += DAY;
        if (one.kind === "host") {
          const hardware = {
            manufacturer: "Siemens",
            orderNumber: one.orderNumber,
            firmwareVersion: one.firmwareVersion,
          };
          await importCapture(db, plant, [identity({ ip: `10.0.1.${one.number}` }, hardware, at, "s7comm")]);
        } else {
          const made: Advisory = advisory(`ADV-${one.number}`, `CVE-2025-1${one.number}00`, [one], { updatedAt: at });
          await importAdvisories(db, plant, told(made), at);
        }
        await matchAll(db, plant, at);
      }
      const shape = async () =>
        (await detectionsOf(plant)).map(({ asset, qid, status, typeDetected, cveIds }) =>
          [asset.assetId, qid, status === "FIXED", status === "FIXED" || typeDetected, cveIds.join()].join(" "),
        );
      // NEW and ACTIVE tell whether a host was looked at again.
      const findingsShape = async () =>
        (await findingsOf(plant)).map(({ status, ...rest }) => ({ ...rest, isFixed: status === "FIXED" }));
      const [before, findings] = [await shape(), await findingsShape()];
      await sql`INSERT INTO ot_due_host SELECT subscription_id, asset_id FROM ot_host WHERE subscription_id = ${plant}`.execute(
        db.write,
      );
      expect(await matchAll(db, plant, at)).toEqual({ added: 0, reopened: 0, fixed: 0 });
      expect(await shape()).toEqual(before);
      expect(await findingsShape()).toEqual(findings);
    }),
    { numRuns: 25 },
  );
});
