import { beforeAll, expect } from "vitest";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

type Asset = { id: string; name: string; truRiskScore: number; truRiskBand: string };
type Entity = {
  id: number;
  name: string;
  parent: string | null;
  assetCount: number;
  truRiskScore: number | null;
  truRiskBand: string | null;
  findingCount: number;
  openByBand: Record<string, number>;
};
type Day = { day: string; snapshot: Record<string, unknown> | null };

// After anything that the machine's own clock has written.
const clock = new HandClock("2040-05-01T10:00:00Z");
const target = useOwnTarget({ clock: clock.read });
const PASSWORD = "a-long-pass-phrase-1";

const item = (cvss3: number, port: number) => ({ pluginId: 1000 + cvss3 * 10, severity: 3 as const, cvss3, port });
const hosts = [
  { ip: "10.1.0.1", items: [item(9.5, 1), item(9.5, 2), item(3, 3)] },
  { ip: "10.1.0.2", items: [item(6, 1)] },
  { ip: "10.2.0.1", items: [item(3, 1)] },
];

/** Plant, with Line 1 below it; Office beside them; a reader of Line 1. */
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  const token = await logIn(target);
  const create = async (kind: string, json: object) => {
    await bodyOf(await call(target, "POST", `/admin/1.0/${kind}/create`, { token, json }), 201);
  };
  await create("tag", { name: "Plant", criticality: 5 });
  await create("tag", { name: "Line 1", parent: "Plant", rule: "asset.interface.address:10.1.0.0/16" });
  await create("tag", { name: "Office", rule: "asset.interface.address:10.2.0.0/16" });
  await create("tag", { name: "Empty" });
  await create("user", { username: "reader", password: PASSWORD, role: "Reader", scopeTags: ["Line 1"] });
  const both = { username: "both", password: PASSWORD, role: "Reader", scopeTags: ["Line 1", "Office"] };
  await create("user", both);
  await importFile(target, token, nessusFile(hosts));
});

const list = async <T>(path: string, token?: string) =>
  bodyOf<T[]>(await get(target, path, token ?? (await logIn(target))));

ownTest(
  "etm 5 [B]: the score of a business entity is the mean of its assets, those of tags below it among them",
  async () => {
    const assets = await list<Asset>("/etm/1.0/asset/list");
    const scores = (prefix: string) =>
      assets.filter(({ name }) => name.startsWith(prefix)).map((one) => one.truRiskScore);
    const line = scores("10.1.");
    expect(line).toHaveLength(2);
    const mean = Math.round((100 * (line[0]! + line[1]!)) / 2) / 100;
    const sort = '[{"entity.riskScore":"desc"}]';
    const entities = await list<Entity>(`/etm/1.0/entity/list${query({ sort })}`);
    const shown = new Map(entities.map((one) => [one.name, one]));
    const counts = { assetCount: 2, findingCount: 4, openByBand: { CRITICAL: 0, HIGH: 2, MEDIUM: 1, LOW: 1 } };
    for (const name of ["Plant", "Line 1"]) expect(shown.get(name)).toMatchObject({ truRiskScore: mean, ...counts });
    expect(shown.get("Line 1")?.parent).toBe("Plant");
    expect(shown.get("Office")).toMatchObject({ truRiskScore: scores("10.2.")[0], assetCount: 1 });
    expect(shown.get("Empty")).toMatchObject({ truRiskScore: null, truRiskBand: null, assetCount: 0 });
    // Those without a score count as the greatest, as in every list.
    expect(entities[0]?.name).toBe("Empty");
  },
);

ownTest("etm 2 [B]: entities are looked at, counted, filtered and paged, within the scope", async () => {
  const token = await logIn(target);
  const entities = await list<Entity>("/etm/1.0/entity/list");
  const paged = await get(target, `/etm/1.0/entity/list${query({ pageSize: 1, pageNumber: 1 })}`, token);
  expect(paged.headers.get("count")).toBe(String(entities.length));
  expect(await bodyOf(paged)).toEqual([entities[1]]);
  const filter = "entity.assetCount>0 and not entity.name:office";
  expect(await bodyOf(await get(target, `/etm/1.0/entity/count${query({ filter })}`, token))).toEqual({ count: 2 });
  const reader = await logIn(target, { username: "reader", password: PASSWORD });
  const seen = await list<Entity>("/etm/1.0/entity/list", reader);
  const line = entities.find(({ name }) => name === "Line 1") as Entity;
  // The same numbers as for everybody; the tag above is not the reader's to see.
  expect(seen).toEqual([{ ...line, parent: null }]);
  for (const { id, name } of entities) {
    const { status } = await get(target, `/etm/1.0/entity/${id}`, reader);
    expect([name, status]).toEqual([name, name === "Line 1" ? 200 : 404]);
  }
});

ownTest("etm 5 [D]: assets are classed at 850, 700 and 500, or as the settings say", async () => {
  const bandOf = ({ truRiskScore: score }: Asset, floors = [850, 700, 500]) =>
    score >= floors[0]! ? "CRITICAL" : score >= floors[1]! ? "HIGH" : score >= floors[2]! ? "MEDIUM" : "LOW";
  const assets = await list<Asset>("/etm/1.0/asset/list");
  expect(assets.map((one) => one.truRiskBand)).toEqual(assets.map((one) => bandOf(one)));
  const token = await logIn(target);
  const floor = Math.min(...assets.map((one) => one.truRiskScore)) + 1;
  const json = { bands: { critical: 1000, high: 999, medium: floor } };
  await bodyOf(await call(target, "PUT", "/etm/1.0/score-settings", { token, json }));
  const again = await list<Asset>("/etm/1.0/asset/list");
  expect(again.map((one) => one.truRiskBand)).toEqual(again.map((one) => bandOf(one, [1000, 999, floor])));
  for (const band of ["MEDIUM", "LOW"]) {
    const found = await list<Asset>(`/etm/1.0/asset/list${query({ filter: `asset.riskBand:${band}` })}`);
    expect(found).toEqual(again.filter((one) => one.truRiskBand === band));
    expect(found.length).toBeGreaterThan(0);
  }
  await bodyOf(await call(target, "PUT", "/etm/1.0/score-settings", { token, json: { bands: null } }));
});

ownTest(
  "etm 2 [B]: the trend has a snapshot a day, by tag and scope; days on which no server ran are missing",
  async () => {
    const trend = (parameters: Record<string, string>, token?: string) =>
      list<Day>(`/etm/1.0/trend${query(parameters)}`, token);
    clock.set("2040-05-04T08:00:00Z");
    await target.restart();
    const range = { from: "2040-05-01", to: "2040-05-05" };
    const isTaken = (days: Day[]) => days[3]?.snapshot != null;
    let days = await trend(range);
    while (!isTaken(days)) days = await trend(range);
    expect(days.map(({ day, snapshot }) => [day, snapshot?.assets ?? null])).toEqual([
      ["2040-05-01", 0],
      ["2040-05-02", null],
      ["2040-05-03", null],
      ["2040-05-04", 3],
      ["2040-05-05", null],
    ]);
    const statuses = days[3]!.snapshot!.findingsByStatus as Record<string, number>;
    expect(Object.values(statuses).reduce((sum, count) => sum + count)).toBe(5);
    expect(days[3]!.snapshot).toMatchObject({ openByBand: { CRITICAL: 0, HIGH: 2, MEDIUM: 1, LOW: 2 } });
    const one = { from: "2040-05-04", to: "2040-05-04" };
    const line = { assets: 2, openByBand: { CRITICAL: 0, HIGH: 2, MEDIUM: 1, LOW: 1 }, meanTimeToRemediateSec: null };
    const [entity] = await list<Entity>(`/etm/1.0/entity/list${query({ filter: "entity.name:`Line 1`" })}`);
    const expected = { ...line, averageTruRisk: entity?.truRiskScore };
    expect((await trend({ ...one, tag: "Line 1" }))[0]?.snapshot).toMatchObject(expected);
    const reader = await logIn(target, { username: "reader", password: PASSWORD });
    expect((await trend(one, reader))[0]?.snapshot).toMatchObject(expected);
    expect((await get(target, `/etm/1.0/trend${query({ ...one, tag: "Plant" })}`, reader)).status).toBe(404);
    const both = await logIn(target, { username: "both", password: PASSWORD });
    const refused = await get(target, `/etm/1.0/trend${query(one)}`, both);
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("tag")]);
    expect((await trend({ ...one, tag: "office" }, both))[0]?.snapshot).toMatchObject({ assets: 1 });
  },
);
