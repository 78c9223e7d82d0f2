import { beforeAll, beforeEach, expect } from "vitest";
import { Accounts, PASSWORD } from "../accounts.ts";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { poll } from "../poll.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

type Rule = { id: number; type: string; status: string; isRescoring: boolean };
type Explained = {
  qds: number;
  status: string;
  explanation: { score: { factor: string; points: number; detail: string }[] };
};
type Asset = { name: string; truRiskScore: number; isInternetFacing: boolean };

const RULE = "/etm/1.0/risk-rule";
// Every test has an hour's worth of calls.
const clock = new HandClock("2026-08-10T12:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let token: string;
beforeEach(async () => {
  if (process.env.CONFORMANCE_URL) return;
  clock.advance(3600);
  token = await logIn(target);
});

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  token = await logIn(target);
  const item = (pluginId: number, port: number) => ({ pluginId, port, severity: 2 as const, cvss3: 8 });
  const hosts = [
    { ip: "10.9.0.1", fqdn: "jump.rules.example", items: [item(1, 22), item(2, 443)] },
    { ip: "10.9.0.2", fqdn: "inside.rules.example", items: [item(2, 443)] },
  ];
  await importFile(target, token, nessusFile(hosts));
});

const create = (json: object) => call(target, "POST", `${RULE}/create`, { token, json });
const made = async (json: object) => {
  const rule = await bodyOf<Rule>(await create({ reason: "as agreed", ...json }), 201);
  await settled();
  return rule;
};
const settled = () =>
  poll(
    async () => bodyOf<{ isRescoring: boolean }>(await get(target, "/etm/1.0/score-settings", token)),
    ({ isRescoring }) => !isRescoring,
  );
const remove = async ({ id }: Rule) => {
  expect((await call(target, "DELETE", `${RULE}/${id}`, { token })).status).toBe(204);
  await settled();
};
const explained = async (filter: string): Promise<Explained[]> => {
  const path = `/etm/1.0/finding/list${query({ filter, sort: '[{"finding.port":"asc"}]' })}`;
  const list = await bodyOf<{ id: string }[]>(await get(target, path, token));
  const all: Explained[] = [];
  for (const { id } of list) all.push(await bodyOf<Explained>(await get(target, `/etm/1.0/finding/${id}`, token)));
  return all;
};
const scores = async () => (await explained("")).map(({ qds }) => qds);
const assets = async () => bodyOf<Asset[]>(await get(target, "/etm/1.0/asset/list", token));

ownTest(
  "etm 5 [B]: risk factors and compensating factors are rules; they act in their order and are explained",
  async () => {
    expect(await scores()).toEqual([64, 64, 64]);
    const half = await made({
      name: "Behind IPS",
      findingsQql: "finding.port:443",
      effect: { kind: "FACTOR", value: 0.5 },
    });
    expect(half).toMatchObject({ type: "COMPENSATING", status: "ACTIVE" });
    const more = await made({
      name: "Jump host",
      assetQql: "asset.name:jump*",
      effect: { kind: "POINTS", value: 30 },
      priority: 1,
    });
    expect(more).toMatchObject({ type: "RISK" });
    // The jump host first: (64 + 30) / 2.
    expect((await scores()).sort()).toEqual([32, 47, 94]);
    const [, both] = (await explained("finding.port:443")).sort((a, b) => a.qds - b.qds);
    expect(both!.explanation.score.map(({ factor, points }) => [factor, points])).toEqual([
      ["cvss", 64],
      ["rule", 30],
      ["rule", -47],
    ]);
    expect(both!.explanation.score[1]!.detail).toContain("Jump host");
    expect(both!.explanation.score[1]!.detail).toContain("as agreed");
    const change = await call(target, "PUT", `${RULE}/${more.id}`, { token, json: { isEnabled: false } });
    expect(await bodyOf<Rule>(change)).toMatchObject({ status: "DISABLED" });
    await settled();
    expect((await scores()).sort()).toEqual([32, 32, 64]);
    await remove(half);
    await remove(more);
    expect(await scores()).toEqual([64, 64, 64]);
  },
);

ownTest("etm 5 [D]: an asset that a rule calls internet-facing counts 1.2 times", async () => {
  const before = Object.fromEntries((await assets()).map(({ name, truRiskScore }) => [name, truRiskScore]));
  const rule = await made({ name: "Edge", assetQql: "asset.name:inside*", effect: { kind: "INTERNET_FACING" } });
  const [facing] = (await assets()).filter(({ isInternetFacing }) => isInternetFacing);
  // 2 x 0.4 x 64 is 51.2; 1.2 times that 61.44.
  expect([facing!.name, before[facing!.name], facing!.truRiskScore]).toEqual(["inside.rules.example", 51, 61]);
  await remove(rule);
  expect((await assets()).map(({ isInternetFacing }) => isInternetFacing)).toEqual([false, false]);
});

ownTest("etm 5 [B]: a rule is tried without changing anything", async () => {
  const json = { findingsQql: "finding.port:443", effect: { kind: "FACTOR", value: 0.5 } };
  const preview = await bodyOf(await call(target, "POST", `${RULE}/preview`, { token, json }));
  expect(preview).toEqual({
    assets: 2,
    findings: 2,
    changed: 2,
    before: { critical: 0, high: 0, medium: 2, low: 0 },
    after: { critical: 0, high: 0, medium: 0, low: 2 },
  });
  expect(await scores()).toEqual([64, 64, 64]);
});

ownTest("etm 5 [B]: a rule that asks for what it decides, or for nothing, is refused", async () => {
  const effect = { kind: "FACTOR", value: 0.5 };
  const refused = async (json: object) => {
    const response = await create({ name: "Wrong", reason: "r", effect, ...json });
    return [response.status, ((await response.json()) as { detail?: string; message?: string }).message ?? ""] as const;
  };
  for (const token of ["finding.qds>70", "finding.criticality:HIGH", "not (finding.port:1 or finding:(qds:1))"]) {
    const [status, message] = await refused({ findingsQql: token });
    expect([token, status, /follows from the scores/.test(message)]).toEqual([token, 400, true]);
  }
  for (const json of [
    { assetQql: "asset.riskScore>1" },
    { findingsQql: "finding.isIgnored:true" },
    { findingsQql: "finding.lastFoundDate>now-1d" },
    { findingsQql: "finding.nothing:1" },
    {},
    { assetQql: "asset.name:x", effect: { kind: "FACTOR", value: 1 } },
    { assetQql: "asset.name:x", effect: { kind: "POINTS", value: 1.5 } },
    { findingsQql: "finding.port:1", effect: { kind: "INTERNET_FACING" } },
    { assetQql: "asset.name:x", endDate: 1 },
    { assetQql: "asset.name:x", name: "\u202e" },
    { assetQql: "asset.name:x", reason: "\0" },
  ]) {
    expect([json, (await refused(json))[0]]).toEqual([json, 400]);
  }
});

ownTest("etm 5 [B]: rules need a scope over all assets and a permission of their own", async () => {
  await bodyOf(await call(target, "POST", "/admin/1.0/tag/create", { token, json: { name: "Some" } }), 201);
  const accounts = new Accounts(target);
  const some = { username: "some_manager", password: PASSWORD, role: "ETM Manager", scopeTags: ["Some"] };
  await accounts.send("POST", "/admin/1.0/user/create", some, 201);
  await accounts.create("some_reader");
  const scoped = await logIn(target, some);
  const reader = await logIn(target, { username: "some_reader", password: PASSWORD });
  const json = { name: "Mine", reason: "r", assetQql: "asset.name:*", effect: { kind: "POINTS", value: 1 } };
  for (const other of [scoped, reader]) {
    expect((await call(target, "POST", `${RULE}/create`, { token: other, json })).status).toBe(403);
    expect((await get(target, `${RULE}/list`, other)).status).toBe(200);
  }
  const { name: _name, reason: _reason, ...tried } = json;
  expect((await call(target, "POST", `${RULE}/preview`, { token: reader, json: tried })).status).toBe(403);
  const preview = await bodyOf(await call(target, "POST", `${RULE}/preview`, { token: scoped, json: tried }));
  expect(preview).toMatchObject({ assets: 0, findings: 0 });
  expect((await get(target, `${RULE}/4711`, token)).status).toBe(404);
});
