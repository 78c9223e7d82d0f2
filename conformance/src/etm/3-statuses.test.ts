import { beforeEach, describe, expect } from "vitest";
import { Accounts, PASSWORD } from "../accounts.ts";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

type Finding = {
  id: string;
  title: string;
  status: string;
  qds: number;
  qvss: number | null;
  cveId: string | null;
  lastFixed: number | null;
  reopened: number | null;
};
type Row = { title: string; cve?: string; severity?: string; state?: string };

const clock = new HandClock("2026-04-01T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let token: string;
let network = 0;
beforeEach(async () => {
  if (process.env.CONFORMANCE_URL) return;
  clock.advance(3600);
  network += 1;
  token = await logIn(target);
});

/** A table of one host; what a source says of it now. */
const send = (rows: readonly Row[], connection = `net-${network}`) => {
  clock.advance(60);
  const lines = rows.map(({ title, cve = "", severity = "high", state = "open" }) =>
    [`10.33.${network}.1`, title, cve, severity, state].join(","),
  );
  const file = ["IP,Title,CVE,Severity,State", ...lines, ""].join("\n");
  return importFile(target, token, file, { path: `/ingest/1.0/import?connection=${connection}` });
};
const read = async (filter = ""): Promise<Finding[]> => {
  const own = query({
    filter,
    assetFilter: `asset.interface.address:10.33.${network}.1`,
    sort: '[{"finding.id":"asc"}]',
  });
  return bodyOf<Finding[]>(await get(target, `/etm/1.0/finding/list${own}`, token));
};
const asset = async () => {
  const filter = `asset.interface.address:10.33.${network}.1`;
  const [one] = await bodyOf<{ truRiskScore: number }[]>(
    await get(target, `/etm/1.0/asset/list${query({ filter })}`, token),
  );
  return one!;
};
const retest = (id: string, as = token) => call(target, "POST", `/etm/1.0/finding/${id}/retest`, { token: as });

describe("what a source calls mitigated", () => {
  ownTest(
    "etm 3 [B]: it is PROTECTED, scores half, and lowers its asset's score; open again it is ACTIVE",
    async () => {
      await send([{ title: "Flaw", cve: "CVE-2020-1472" }]);
      const [open] = (await read()) as [Finding];
      const { truRiskScore } = await asset();
      await send([{ title: "Flaw", cve: "CVE-2020-1472", state: "mitigated" }]);
      const [covered] = (await read("finding.status:PROTECTED and finding.isMitigated:true")) as [Finding];
      expect(covered).toMatchObject({ id: open.id, qds: Math.round(open.qds / 2) });
      expect((await asset()).truRiskScore).toBeLessThan(truRiskScore);
      const detail = await bodyOf<{ explanation: { score: { factor: string }[] } }>(
        await get(target, `/etm/1.0/finding/${open.id}`, token),
      );
      expect(detail.explanation.score.map(({ factor }) => factor)).toContain("mitigation");
      await send([{ title: "Flaw", cve: "CVE-2020-1472" }]);
      expect(await read()).toMatchObject([{ id: open.id, status: "ACTIVE", qds: open.qds }]);
      expect((await asset()).truRiskScore).toBe(truRiskScore);
    },
  );

  ownTest("etm 3 and 4 [B]: it is not PROTECTED while any other source reports it open", async () => {
    await send([{ title: "Flaw", cve: "CVE-2020-1472", state: "mitigated" }]);
    await send([{ title: "Same", cve: "CVE-2020-1472" }], `other-${network}`);
    expect(await read()).toMatchObject([{ status: "ACTIVE" }]);
    await send([], `other-${network}`);
    await send([{ title: "Something else" }], `other-${network}`);
    expect(await read("finding.cveId:CVE-2020-1472")).toMatchObject([{ status: "PROTECTED" }]);
  });
});

describe("what a source says is fixed", () => {
  ownTest("etm 4 [B]: it closes in a partial run as well, which closes nothing by silence", async () => {
    const name = `partial-${network}`;
    await bodyOf(
      await call(target, "POST", "/ingest/1.0/connection/create", { token, json: { name, isComplete: false } }),
      201,
    );
    await send([{ title: "One" }, { title: "Two" }, { title: "Three" }], name);
    const { counts } = await send([{ title: "One", state: "fixed" }, { title: "Two" }], name);
    expect(counts).toMatchObject({ findingsFixed: 1 });
    const statuses = Object.fromEntries((await read()).map(({ title, status }) => [title, status]));
    expect(statuses).toEqual({ One: "FIXED", Two: "ACTIVE", Three: "NEW" });
    expect((await send([{ title: "One" }], name)).counts).toMatchObject({ findingsReopened: 1 });
  });
});

describe("a new test", () => {
  ownTest("etm 3 [B]: a finding is RETEST until its source tells of it again", async () => {
    await send([{ title: "Stays" }, { title: "Goes" }, { title: "Covered" }]);
    await send([{ title: "Stays" }, { title: "Goes" }, { title: "Covered" }]);
    for (const { id } of await read()) expect((await retest(id)).status).toBe(204);
    expect(await read("finding.status:RETEST")).toHaveLength(3);
    await send([{ title: "Stays" }, { title: "Goes", state: "fixed" }, { title: "Covered", state: "mitigated" }]);
    const statuses = Object.fromEntries((await read()).map(({ title, status }) => [title, status]));
    expect(statuses).toEqual({ Stays: "ACTIVE", Goes: "FIXED", Covered: "PROTECTED" });
  });

  ownTest("etm 3 [B]: a report that shows just what the last one showed resolves it", async () => {
    await send([{ title: "Same" }]);
    await send([{ title: "Same" }]);
    const [finding] = (await read()) as [Finding];
    await retest(finding.id);
    await send([{ title: "Same" }]);
    expect(await read()).toMatchObject([{ status: "ACTIVE" }]);
  });

  ownTest(
    "etm 3 [B]: what is fixed is refused, what is outside the scope is not there, and reading alone does not permit it",
    async () => {
      await send([{ title: "Gone" }, { title: "There" }]);
      await send([{ title: "There" }]);
      const [gone, there] = (await read()) as [Finding, Finding];
      expect((await retest(gone.id)).status).toBe(409);
      expect((await retest("999999999")).status).toBe(404);
      await new Accounts(target).create("retest-reader");
      expect(
        (await retest(there.id, await logIn(target, { username: "retest-reader", password: PASSWORD }))).status,
      ).toBe(403);
    },
  );
});

ownTest("etm 3 [B]: qvss is a number from 0 to 10 of the CVE, whoever has it, and null without one", async () => {
  await send([
    { title: "Numbered", cve: "CVE-2020-1472" },
    { title: "Bare", severity: "critical" },
  ]);
  expect(await read("finding.title:Bare")).toMatchObject([{ cveId: null, qvss: null }]);
  const feed = JSON.stringify({
    title: "CISA Catalog of Known Exploited Vulnerabilities",
    catalogVersion: "2026.04.01",
    dateReleased: new Date(clock.nowMs).toISOString(),
    count: 1,
    vulnerabilities: [{ cveID: "CVE-2020-1472", dateAdded: "2021-11-03", knownRansomwareCampaignUse: "Known" }],
  });
  expect(await read("finding.title:Numbered")).toMatchObject([{ qvss: null }]);
  await importFile(target, token, feed);
  const [listed] = (await read("finding.title:Numbered")) as [Finding];
  expect(listed.qvss).toBe(9);
  expect(await read("finding.qvss>=9")).toMatchObject([{ id: listed.id }]);
  expect(await read("finding.qvss<9")).toEqual([]);
});
