import { beforeAll, describe, expect } from "vitest";
import { bodyOf, get, logIn } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { ownTest, useOwnTarget } from "../target.ts";

type Finding = {
  id: string;
  title: string;
  severity: number;
  cveId: string | null;
  asset: { internalAssetId: string; assetName: string };
  riskAcceptance?: null;
  explanation?: { score: { factor: string; points: number; detail: string }[]; identity: { issue: string } };
};
type Asset = { id: string; name: string; findingCount: number; truRiskScore: number; ipAddresses: string[] };

const target = useOwnTarget();
let token: string;
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  token = await logIn(target);
  const hosts = Array.from({ length: 4 }, (_, host) => ({
    ip: `10.5.0.${host + 1}`,
    fqdn: `h${host}.plant.example`,
    mac: `00:1b:1b:05:00:0${host}`,
    items: Array.from({ length: 3 }, (_, item) => ({
      pluginId: 75_000 + item,
      severity: (item + 1) as 1 | 2 | 3,
      port: 443 + host,
      ...(item === 2 ? { cves: ["CVE-2020-1472"] } : {}),
    })),
  }));
  await importFile(target, token, nessusFile(hosts));
});

const list = async <T>(path: string) => {
  const response = await get(target, path, token);
  const records = await bodyOf<T[]>(response);
  return { records, count: Number(response.headers.get("count")), cursor: response.headers.get("x-next-cursor") };
};
const encode = encodeURIComponent;

describe("finding lists", () => {
  ownTest("etm 2 [B]: filter, page, sort and count agree; a page past the end is empty", async () => {
    const sort = encode('[{"finding.severity":"desc"},{"finding.port":"asc"}]');
    const read = [];
    for (const page of [0, 1, 2, 3]) {
      read.push(await list<Finding>(`/etm/1.0/finding/list?pageSize=5&pageNumber=${page}&sort=${sort}`));
    }
    expect(read.map(({ records, count }) => [records.length, count])).toEqual([
      [5, 12],
      [5, 12],
      [2, 12],
      [0, 12],
    ]);
    const all = read.flatMap(({ records }) => records);
    expect(new Set(all.map(({ id }) => id)).size).toBe(12);
    expect(all.map(({ severity }) => severity)).toEqual([4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2]);
    const filter = encode("finding.cveId:`CVE-2020-1472`");
    const { records, count } = await list<Finding>(`/etm/1.0/finding/list?filter=${filter}`);
    expect([records.length, count]).toEqual([4, 4]);
    expect(await bodyOf(await get(target, `/etm/1.0/finding/count?filter=${filter}`, token))).toEqual({ count: 4 });
  });

  ownTest("etm 2 [B]: a cursor goes on behind the last record, and belongs to its filter and sort", async () => {
    const sort = encode('[{"finding.qds":"desc"}]');
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: { records: Finding[]; cursor: string | null } = await list<Finding>(
        `/etm/1.0/finding/list?pageSize=4&sort=${sort}&cursor=${encode(cursor)}`,
      );
      seen.push(...page.records.map(({ id }) => id));
      cursor = page.cursor;
    }
    expect(new Set(seen).size).toBe(12);
    expect(seen).toHaveLength(12);
    const first = await list<Finding>(`/etm/1.0/finding/list?pageSize=4&sort=${sort}`);
    const wrong = await get(target, `/etm/1.0/finding/list?pageSize=4&cursor=${encode(first.cursor as string)}`, token);
    expect(wrong.status).toBe(400);
    expect(await wrong.text()).toContain("cursor");
  });

  ownTest("etm 2 [B]: a finding by its id, with the reasons of its score; unknown ids are 404", async () => {
    const { records } = await list<Finding>("/etm/1.0/finding/list?pageSize=1");
    const [finding] = records as [Finding];
    const { explanation, riskAcceptance, ...shown } = await bodyOf<Finding>(
      await get(target, `/etm/1.0/finding/${finding.id}`, token),
    );
    expect(shown).toEqual(finding);
    expect(riskAcceptance).toBeNull();
    expect(explanation?.score[0]).toEqual({
      factor: expect.any(String),
      points: expect.any(Number),
      detail: expect.any(String),
    });
    for (const id of ["999999", "0", "x", "99999999999999999999"]) {
      expect((await get(target, `/etm/1.0/finding/${id}`, token)).status).toBe(404);
    }
  });

  ownTest("etm 2 [B]: statistics by a member, largest group first", async () => {
    const { records, count } = await list("/etm/1.0/finding/stats?groupBy=severity");
    expect(records).toEqual([2, 3, 4].map((value) => ({ value, findings: 4, assets: 4 })));
    expect(count).toBe(3);
    expect((await get(target, "/etm/1.0/finding/stats?groupBy=shoe", token)).status).toBe(400);
    expect((await get(target, "/etm/1.0/finding/stats", token)).status).toBe(400);
  });

  ownTest("etm 2 [O]: an unknown token is an invalid QQL token, in filter and sort", async () => {
    const filter = await get(target, `/etm/1.0/finding/list?filter=${encode("finding.severty:5")}`, token);
    expect([filter.status, await filter.text()]).toEqual([400, expect.stringContaining("Invalid QQL token")]);
    const sort = await get(target, `/etm/1.0/finding/list?sort=${encode('[{"finding.severty":"asc"}]')}`, token);
    expect([sort.status, await sort.text()]).toEqual([400, expect.stringContaining("Invalid QQL token")]);
  });
});

describe("asset lists", () => {
  ownTest("etm 2 [B]: list, count, detail and the findings of one agree", async () => {
    const filter = encode("asset.interface:(address:10.5.0.0/30)");
    const { records, count } = await list<Asset>(`/etm/1.0/asset/list?filter=${filter}`);
    expect(records.map(({ ipAddresses }) => ipAddresses[0]).sort()).toEqual(["10.5.0.1", "10.5.0.2", "10.5.0.3"]);
    expect(count).toBe(3);
    expect(await bodyOf(await get(target, `/etm/1.0/asset/count?filter=${filter}`, token))).toEqual({ count: 3 });
    const [asset] = records as [Asset];
    const { explanation, ...detail } = await bodyOf(await get(target, `/etm/1.0/asset/${asset.id}`, token));
    expect(detail).toEqual(asset);
    expect(explanation).toMatchObject({ sources: [{ connection: expect.any(String) }] });
    const name = encode(`asset.name:\`${asset.name}\``);
    const findings = await list<Finding>(`/etm/1.0/finding/list?assetFilter=${name}`);
    expect(findings.count).toBe(asset.findingCount);
    for (const finding of findings.records) expect(finding.asset.internalAssetId).toBe(asset.id);
    expect((await get(target, "/etm/1.0/asset/424242", token)).status).toBe(404);
  });
});
