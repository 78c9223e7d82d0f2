import { beforeAll, describe, expect } from "vitest";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { readFindings } from "../reports.ts";
import { HandClock, makePlantCapture, ownTest, useOwnTarget } from "../target.ts";

type Host = { name: string; ipAddress: string[] };

// Later than the capture by a day, so that "now" has a meaning.
const clock = new HandClock("2025-03-04T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let token: string;
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  token = await logIn(target);
  await importFile(target, token, await makePlantCapture());
});

/** Last numbers of the addresses of the hosts that match, ascending. */
async function match(filter: string): Promise<number[]> {
  const response = await get(target, `/ot/1.0/host/list${query({ filter, pageSize: 100 })}`, token);
  const { assets } = await bodyOf<{ assets: Host[] }>(response);
  expect(response.headers.get("count")).toBe(String(assets.length));
  return assets.map(({ ipAddress }) => Number(ipAddress[0]?.split(".")[3])).sort((a, b) => a - b);
}

const ROCKWELL = [10, 11, 12, 13, 14, 15, 16];
const SIEMENS = [30, 31, 32, 33, 34];
const STATION = [200];
const ALL = [...ROCKWELL, ...SIEMENS, ...STATION];

type Case = [filter: string, expected: number[]];
const sections: Record<string, Case[]> = {
  "[D] token:value for text, any of the words, by prefix": [
    ["", ALL],
    ["   ", ALL],
    ["hardware.manufacturer:Siemens", SIEMENS],
    ["hardware.manufacturer : Siemens", SIEMENS],
    ["hardware.manufacturer:siem", SIEMENS],
    ["hardware.manufacturer:iemens", []],
    ["hardware.manufacturer:automation", ROCKWELL],
    ["asset.name:station", [30, 31]],
    ["asset.name:Intake", [30]],
  ],
  "[D] token:\"a b\" and token:'a b': adjacent and in order": [
    ['asset.name:"Intake station"', [30]],
    ["asset.name:'filter STATION'", [31]],
    ['asset.name:"station Intake"', []],
    ['hardware.manufacturer:"Rockwell Automation"', ROCKWELL],
    ['hardware.type:"Logic Controller"', [10, 13, ...SIEMENS]],
    ['hardware.type:"Programmable Controller"', []],
  ],
  "[D] token:`a b`: the whole value": [
    ["asset.name:`Pump house`", [32]],
    ["asset.name:`Pump`", []],
    ["hardware.type:`Programmable Logic Controller (PLC)`", [10, 13, ...SIEMENS]],
    ["hardware.manufacturer:`Rockwell`", []],
  ],
  "[D] token:[…]: any of": [
    ["hardware.orderNumber:[`6ES7 315-2EH14-0AB0`,`6ES7 516-3AN01-0AB0`]", [30, 34]],
    ["hardware.orderNumber:[`6ES7 315-2EH14-0AB0`]", [30]],
    ["interfaces.port:[102]", SIEMENS],
    ["interfaces.port:[102, 44818]", [...ROCKWELL, ...SIEMENS]],
    ["hardware.manufacturer:[Siemens, Rockwell]", [...ROCKWELL, ...SIEMENS]],
  ],
  "[D] token:[a .. b]: a range with its ends": [
    ["interfaces.port:[102 .. 44818]", [...ROCKWELL, ...SIEMENS]],
    ["interfaces.port:[102..200]", SIEMENS],
    ["interfaces.port:[1 ... 102]", SIEMENS],
    ["interfaces.port:[1...101]", []],
    ["asset.purdueLevel:[2 .. 3]", STATION],
  ],
  "[D] token:(a .. b): a range without its ends": [
    ["interfaces.port:(102 .. 2222)", []],
    // Devices of Rockwell also exchange data on 2222.
    ["interfaces.port:(102 .. 44818)", ROCKWELL],
    ["interfaces.port:(101 .. 103)", SIEMENS],
    ["interfaces.port:(101...44819)", [...ROCKWELL, ...SIEMENS]],
  ],
  "[D] comparisons": [
    ["asset.purdueLevel>1", STATION],
    ["asset.purdueLevel >= 2", STATION],
    ["asset.purdueLevel<2", [...ROCKWELL, ...SIEMENS]],
    ["asset.purdueLevel<=1", [...ROCKWELL, ...SIEMENS]],
    ["asset.purdueLevel=2", STATION],
    ["asset.purdueLevel!=1", STATION],
    ["asset.vulnerabilityCount=0", ALL],
  ],
  "[D] parent:(…): both in the same element": [
    ["asset:(name:station and not name:Intake)", [31]],
    ["hardware:(manufacturer:Siemens) and asset:(name:station)", [30, 31]],
    ["interfaces:(address:192.168.20.30 and port:102)", [30]],
    ["interfaces:(address:192.168.20.30 and port:44818)", []],
    ["interfaces:(protocol:enip and transport.protocol:udp)", ROCKWELL],
    ["hardware:(manufacturer:Siemens and family:`S7-1200`)", [33]],
  ],
  "[D] AND, OR, NOT in any case, with precedence and parentheses": [
    ["hardware.manufacturer:Siemens AND hardware.family:`S7-300`", [30, 31]],
    ["hardware.manufacturer:Siemens and not hardware.family:`S7-300`", [32, 33, 34]],
    ["hardware.family:`S7-1200` Or hardware.family:`S7-1500`", [33, 34]],
    ["NOT interfaces.protocol:enip", [...SIEMENS, ...STATION]],
    // AND binds closer than OR, NOT closer than AND.
    ["asset.name:Pump or hardware.manufacturer:Siemens and asset.name:Intake", [30, 32]],
    ["(asset.name:Pump or hardware.manufacturer:Siemens) and asset.name:Intake", [30]],
    ["not asset.name:Pump and hardware.manufacturer:Siemens", [30, 31, 33, 34]],
    ["not (asset.name:Pump or asset.name:Intake) and hardware.manufacturer:Siemens", [31, 33, 34]],
    ["not not asset.name:Pump", [32]],
  ],
  "[O] is null, is not null": [
    ["hardware.orderNumber is null", [...ROCKWELL, ...STATION]],
    ["hardware.orderNumber is not null", SIEMENS],
    ["hardware.model IS NULL", STATION],
    ["not hardware.model is null", [...ROCKWELL, ...SIEMENS]],
  ],
  "[D] wildcards": [
    ["hardware.catalogNumber:1756-*", [10, 11, 12]],
    ["hardware.catalogNumber:*/A", [12, 13]],
    ["asset.name:*tat*", [30, 31]],
    ["hardware.firmwareVersion:*3.2*", [30]],
  ],
  "[D] dates": [
    ["asset.created:2025-03-03", ALL],
    ["asset.created:2025-03-02", []],
    ["asset.created>now-2d", ALL],
    ["asset.created>now-1h", []],
    ["asset.created<now-3M", []],
    ["asset.created>now-1y", ALL],
    ["asset.created:[2025-03-01 .. 2025-03-03]", ALL],
    ["asset.created:[2025-03-01 .. 2025-03-02]", []],
    ["asset.created:[now-2d .. now]", ALL],
    ["asset.created>=2025-03-03T08:00:00Z", ALL],
    ["asset.created<2025-03-03T08:00:00Z", []],
    ["asset.created<2025-03-03", []],
    ["asset.created>2025-03-03", []],
  ],
  "[B] addresses, networks and ranges": [
    ["interfaces.address:192.168.20.30", [30]],
    ["interfaces.address:192.168.20.0/24", ALL],
    ["interfaces.address:192.168.20.8/29", [10, 11, 12, 13, 14, 15]],
    ["interfaces.address:[192.168.20.13 .. 192.168.20.31]", [13, 14, 15, 16, 30, 31]],
    ["interfaces.address:(192.168.20.13 .. 192.168.20.16)", [14, 15]],
    ["interfaces.address:fd00::/8", []],
    ["interfaces.macAddress:00:1b:1b:5c:20:1e", [30]],
    ["interfaces.macAddress:00:1d:9c*", ROCKWELL],
  ],
  "[B] token names in any case": [
    ["HARDWARE.ManuFacturer:Siemens", SIEMENS],
    ["interfaces:(ADDRESS:192.168.20.30 AND Port:102)", [30]],
  ],
  "2 [O] a valid token without data matches nothing": [
    ["projectFile.name:anything", []],
    ["not projectFile.name:anything", ALL],
  ],
};
for (const [name, cases] of Object.entries(sections)) {
  describe(name, () => {
    for (const [filter, expected] of cases) {
      ownTest(`qql 1 ${name}: ${filter || "no text"}`, async () => {
        expect(await match(filter)).toEqual(expected);
      });
    }
  });
}

ownTest("qql 1 [D]: now is the moment of the call", async () => {
  const created = (await bodyOf<{ assets: { created: string }[] }>(await get(target, "/ot/1.0/host/list", token)))
    .assets;
  const cut = clock.nowMs - 86_400_000;
  const expected = created.filter((host) => Date.parse(host.created) > cut).length;
  expect(await match("asset.created>now-1d")).toHaveLength(expected);
  expect(expected).toBeLessThan(created.length);
});

describe("words", () => {
  const TITLES = [
    "Bad hosts host.corp.com,x-y;(z)",
    "Count 10,125 open",
    "Id 0b5d2f6a-1c3e-4f5a-8b7c-9d0e1f2a3b4c seen",
  ];
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    const items = TITLES.map((name, index) => ({ pluginId: 74_000 + index, name }));
    await importFile(target, token, nessusFile([{ ip: "10.5.0.1", mac: "02:00:5e:05:00:01", items }]));
  });
  const titles = async (findingsQql: string) =>
    (await readFindings(target, token, { findingsQql })).map(({ title }) => TITLES.indexOf(title)).sort();

  const cases: [filter: string, expected: number[]][] = [
    ["finding.title:x", [0]],
    ["finding.title:y", [0]],
    ["finding.title:z", [0]],
    ['finding.title:"x y z"', [0]],
    ["finding.title:host.corp.com", [0]],
    ["finding.title:corp", []],
    ["finding.title:10,125", [1]],
    ["finding.title:125", []],
    ["finding.title:0b5d2f6a-1c3e-4f5a-8b7c-9d0e1f2a3b4c", [2]],
    ["finding.title:1c3e", []],
  ];
  for (const [filter, expected] of cases) {
    ownTest(`qql 1 [D]: words and what does not split: ${filter}`, async () => {
      expect(await titles(filter)).toEqual(expected);
    });
  }
});

describe("errors", () => {
  const message = async (filter: string) => {
    const response = await get(target, `/ot/1.0/host/list${query({ filter })}`, token);
    return (await bodyOf<{ message: string }>(response, 400)).message;
  };

  ownTest("qql 1 [O]: an unknown token's message contains Invalid QQL token, position and the nearest", async () => {
    const text = await message("asset.name:x and\n hardware.modle:y");
    expect(text).toContain("Invalid QQL token");
    expect(text).toMatch(/line 2, column 2/);
    expect(text.replaceAll("hardware.modle", "")).toContain("hardware.model");
  });

  ownTest("qql 1 [D]: text without a token is an error with a hint", async () => {
    expect(await message("Siemens")).toMatch(/token/i);
  });

  for (const [filter, column] of [
    ["asset.name:", 12],
    ["asset.name:x and", 17],
    ["(asset.name:x", 14],
    ["asset.name:x)", 13],
    ["asset.risk:[1 .. ", 18],
    ["asset.risk:[1, 2", 17],
    ["asset.name:x asset.name:y", 14],
    ["and asset.name:x", 1],
  ] as const) {
    ownTest(`qql 1 [B]: ${filter} is refused at column ${column}, with what was expected`, async () => {
      const text = await message(filter);
      expect(text).toContain(`line 1, column ${column}`);
      expect(text).toMatch(/expected/i);
    });
  }

  ownTest("qql 1 [B]: a value that the token cannot have is refused where it stands", async () => {
    for (const filter of [
      "asset.risk:high",
      "asset.created:soon",
      "interfaces.address:here",
      "interfaces.port:[1 .. x]",
    ]) {
      expect(await message(filter)).toMatch(/column \d+/);
    }
  });

  // Longer than a URL can be: through the body of a tag's rule, which is the same language.
  const rule = async (text: string) =>
    call(target, "POST", "/admin/1.0/tag/create", { token, json: { name: "Limits", rule: text } });
  ownTest("qql 1 [D]: more than 1000 levels of AND and OR are an error, 1000 are not", async () => {
    const chain = (length: number) => Array(length).fill("asset.name:nobody").join(" or ");
    expect((await bodyOf<{ message: string }>(await rule(chain(1002)), 400)).message).toMatch(/1,?000/);
    expect((await rule(chain(1000))).status).toBe(201);
  });
});

ownTest("qql 1 [B]: the same query finds the same through list, count, tag rule and report", async () => {
  const networks = "[10.5.0.0 .. 10.5.0.255]";
  await bodyOf(
    await call(target, "POST", "/admin/1.0/tag/create", {
      token,
      json: { name: "By rule", rule: `asset.interface.address:${networks} or asset.name:Intake` },
    }),
    201,
  );
  expect(await match("asset.tags.name:`By rule`")).toEqual([30]);
  const byTag = await readFindings(target, token, { assetQql: "asset.tag.name:`By rule`" });
  const byQuery = await readFindings(target, token, { assetQql: `asset.interface.address:${networks}` });
  expect(byTag.length).toBeGreaterThan(0);
  expect(byTag.map(({ id }) => id).sort()).toEqual(byQuery.map(({ id }) => id).sort());
});
