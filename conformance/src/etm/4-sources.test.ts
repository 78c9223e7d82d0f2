import { beforeEach, expect } from "vitest";
import { bodyOf, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

type Finding = { title: string; status: string; cveId: string | null; sources: { connection: string }[] };
type Asset = { name: string; ipAddresses: string[]; findingCount: number };

const clock = new HandClock("2026-05-01T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let token: string;
beforeEach(async () => {
  if (process.env.CONFORMANCE_URL) return;
  clock.advance(3600);
  token = await logIn(target);
});

const send = (file: string, connection: string) =>
  importFile(target, token, file, { path: `/ingest/1.0/import?connection=${connection}` });
const assets = async (filter: string) =>
  bodyOf<Asset[]>(await get(target, `/etm/1.0/asset/list${query({ filter })}`, token));
const findings = async (assetFilter: string) =>
  bodyOf<Finding[]>(await get(target, `/etm/1.0/finding/list${query({ assetFilter })}`, token));

/** What a port scanner tells of a host, looked at by the clock. */
const nmap = (ip: string, cve: string | null, more = "") => {
  const seconds = clock.read() / 1000;
  const script = `<script id="http-vuln" output="VULNERABLE"><table key="${cve}"><elem key="title">Flaw</elem>
    <elem key="state">VULNERABLE</elem><table key="ids"><elem>CVE:${cve}</elem></table></table></script>`;
  return `<?xml version="1.0"?><nmaprun scanner="nmap" start="${seconds}"><host starttime="${seconds}" endtime="${seconds}">
    <status state="up"/><address addr="${ip}" addrtype="ipv4"/>${more}<ports><port protocol="tcp" portid="443">
    <state state="open"/>${cve ? script : ""}</port></ports></host></nmaprun>`;
};
const nessus = (ip: string, cve: string) =>
  nessusFile([
    {
      ip,
      endedAt: new Date(clock.read()).toISOString(),
      items: [{ pluginId: 95_001, severity: 3, cves: [cve] }],
    },
  ]);

ownTest(
  "etm 4 [B]: an address joins sources, whatever range it is of, and what joins nothing is shown all the same",
  async () => {
    const CVE = "CVE-2021-44228";
    for (const ip of ["192.0.2.10", "198.18.4.5", "100.64.0.9"]) {
      await send(nmap(ip, CVE), "ports");
      await send(nessus(ip, CVE), "plugins");
      expect(await assets(`asset.interface.address:${ip}`)).toMatchObject([{ ipAddresses: [ip], findingCount: 1 }]);
      expect((await findings(`asset.interface.address:${ip}`)).map(({ sources }) => sources.length)).toEqual([2]);
    }
    const more = `<address addr="169.254.7.7" addrtype="ipv4"/><address addr="::1" addrtype="ipv6"/>`;
    await send(nmap("10.9.9.1", CVE, more), "ports");
    await send(nmap("10.9.9.2", CVE, more), "ports");
    for (const shared of ["169.254.0.0/16", "`::1`"])
      expect((await assets(`asset.interface.address:${shared}`)).map(({ name }) => name).sort()).toEqual([
        "10.9.9.1",
        "10.9.9.2",
      ]);
  },
);

ownTest(
  "etm 4 [B]: a complete run closes what its own product reported through the connection, and no more",
  async () => {
    const ip = "10.9.8.1";
    await send(nessus(ip, "CVE-2020-1111"), "mix");
    clock.advance(3600);
    expect((await send(nmap(ip, null), "mix")).counts).toMatchObject({ findingsFixed: 0 });
    const own = `asset.interface.address:${ip}`;
    expect((await findings(own)).map(({ cveId, status }) => [cveId, status])).toEqual([["CVE-2020-1111", "NEW"]]);
    clock.advance(3600);
    const empty = nessusFile([{ ip, endedAt: new Date(clock.read()).toISOString(), items: [] }]);
    expect((await send(empty, "mix")).counts).toMatchObject({ findingsFixed: 1 });
  },
);

ownTest("qql 1 [D]: an address, a MAC and a name stand in the element of the interface that has them", async () => {
  const event = {
    class_uid: 2002,
    severity_id: 4,
    status_id: 1,
    time: clock.read(),
    finding_info: { uid: "u1", title: "CVE in package" },
    device: {
      hostname: "SRV9.CORP.EXAMPLE.",
      network_interfaces: [
        { ip: "10.81.0.9", mac: "00:1b:1b:00:00:01" },
        { ip: "10.81.0.1", mac: "00:1b:1b:00:00:02", hostname: "srv9-mgmt.corp.example" },
      ],
    },
    vulnerabilities: [{ cve: { uid: "CVE-2026-2601" }, severity: "High" }],
  };
  await send(JSON.stringify([event]), "cloud");
  const found = async (condition: string) => (await assets(`asset.interface:(${condition})`)).map(({ name }) => name);
  for (const [condition, isFound] of [
    ["address:10.81.0.9 and macAddress:00:1b:1b:00:00:01", true],
    ["address:10.81.0.9 and macAddress:00:1b:1b:00:00:02", false],
    ["address:10.81.0.1 and macAddress:00:1b:1b:00:00:02 and hostname:`srv9-mgmt.corp.example`", true],
    ["address:10.81.0.9 and hostname:`srv9-mgmt.corp.example`", false],
    ["address:10.81.0.9 and hostname:`srv9.corp.example`", true],
    ["address:10.81.0.1 and hostname:`srv9.corp.example`", false],
  ] as const)
    expect([condition, await found(condition)]).toEqual([condition, isFound ? ["SRV9.CORP.EXAMPLE"] : []]);
});
