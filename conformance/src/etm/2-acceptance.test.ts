import { beforeAll, expect } from "vitest";
import { Accounts, PASSWORD } from "../accounts.ts";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { poll } from "../poll.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

type Finding = { id: string; qds: number; status: string; riskAcceptance?: unknown };
type Asset = { truRiskScore: number; findingCount: number };

const DAY_SEC = 86_400;
const clock = new HandClock("2026-03-01T00:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let high: Finding;

const find = async (filter: string) =>
  bodyOf<Finding[]>(await get(target, `/etm/1.0/finding/list${query({ filter })}`, await logIn(target)));
const asset = async () =>
  (await bodyOf<Asset[]>(await get(target, "/etm/1.0/asset/list", await logIn(target))))[0] as Asset;
const act = async (verb: string, json: object | undefined, token?: string, id = high.id) => {
  const path = `/etm/1.0/finding/${id}/${verb}`;
  return call(target, "POST", path, { token: token ?? (await logIn(target)), ...(json ? { json } : {}) });
};

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  const items = [
    { pluginId: 91_000, severity: 4 as const, cvss3: 9 },
    { pluginId: 91_001, severity: 1 as const, cvss3: 3 },
  ];
  await importFile(target, await logIn(target), nessusFile([{ ip: "10.7.0.1", items }]));
  [high] = (await find("finding.qds>=70")) as [Finding];
});

ownTest(
  "etm 2 and 5 [B]: an accepted finding keeps its status and does not count; revoked, it counts again",
  async () => {
    const before = await asset();
    // 2 x (0.6 x 72 + 0.2 x 24), and without the first 2 x 0.2 x 24.
    expect(before).toMatchObject({ truRiskScore: 96, findingCount: 2 });
    const accepted = await bodyOf(
      await act("accept", { reason: "behind a firewall", reasonType: "Compensating control", endDate: null }),
    );
    expect(accepted).toMatchObject({
      findingId: high.id,
      reason: "behind a firewall",
      reasonType: "Compensating control",
      createdBy: target.manager.username,
      createdDate: clock.nowMs,
      endDate: null,
    });
    expect(await asset()).toMatchObject({ truRiskScore: 10, findingCount: 2 });
    const [ignored] = await find("finding.isIgnored:true");
    expect(ignored).toMatchObject({ id: high.id, status: high.status, qds: high.qds });
    expect(await find("finding.riskAcceptance.reasonType:`Compensating control`")).toHaveLength(1);
    expect(
      await find("finding.riskAcceptance.createdDate:2026-03-01 and finding.riskAcceptance.endDate is null"),
    ).toHaveLength(1);
    const detail = await get(target, `/etm/1.0/finding/${high.id}`, await logIn(target));
    expect((await bodyOf<Finding>(detail)).riskAcceptance).toEqual(accepted);

    expect((await act("revoke-acceptance", undefined)).status).toBe(204);
    expect(await asset()).toEqual(before);
    expect(await find("finding.isIgnored:true")).toEqual([]);
    expect((await act("revoke-acceptance", undefined)).status).toBe(409);
  },
);

ownTest("etm 2 and 5 [B]: an acceptance ends by itself", async () => {
  const endDate = clock.nowMs + 30 * DAY_SEC * 1000;
  await bodyOf(await act("accept", { reason: "until the next shutdown", endDate }));
  expect(await find("finding.riskAcceptance.endDate<now+31d and finding.isIgnored:true")).toHaveLength(1);
  clock.advance(30 * DAY_SEC);
  expect(await find("finding.isIgnored:true")).toEqual([]);
  // The stored score follows as soon as unfinished work is looked for: at the start, and every few seconds.
  await target.restart();
  const { truRiskScore } = await poll(asset, (now) => now.truRiskScore === 96);
  expect(truRiskScore).toBe(96);
});

ownTest("etm 2 [B]: refused are ends that are over, empty reasons, unknown findings, and who may not", async () => {
  expect((await act("accept", { reason: "late", endDate: clock.nowMs })).status).toBe(400);
  expect((await act("accept", { reason: "  " })).status).toBe(400);
  expect((await act("accept", {})).status).toBe(400);
  expect((await act("accept", { reason: "x" }, undefined, "999999")).status).toBe(404);
  await new Accounts(target).create("reader_of_findings", "ETM Viewer");
  const token = await logIn(target, { username: "reader_of_findings", password: PASSWORD });
  const refused = await act("accept", { reason: "x" }, token);
  expect(refused.status).toBe(403);
  expect(await refused.text()).toContain("ETM Risk Acceptance Access");
  const events = await get(
    target,
    `/admin/1.0/audit/list${query({ action: "etm.finding.accept" })}`,
    await logIn(target),
  );
  expect((await bodyOf<unknown[]>(events)).length).toBeGreaterThan(0);
});
