import { beforeAll, describe, expect } from "vitest";
import { Accounts, PASSWORD } from "../accounts.ts";
import { bodyOf, get, logIn } from "../http.ts";
import { importFile } from "../imports.ts";
import { makeControlCapture, ownTest, type Target, useOwnTarget } from "../target.ts";

type End = { address: string; assetId: number | null; name: string | null };
type Event = {
  id: number;
  kind: string;
  protocol: string;
  client: End;
  server: End;
  detail: string;
  messageCount: number;
  started: string;
  ended: string;
  evidence: { importId: string; frame: number };
};
type Host = { name: string; ipAddress: string[]; purdueLevel: number | null; hardware: Record<string, string | null> };

const target = useOwnTarget();
let token: string;
let importId: string;
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  token = await logIn(target);
  const job = await importFile(target, token, makeControlCapture());
  expect(job).toMatchObject({ status: "COMPLETED", format: "pcap", issues: [] });
  importId = job.id;
});

async function readEvents(query: string, who = token, from: Target = target) {
  const response = await get(from, `/ot/1.0/event/list?${query}`, who);
  return { count: response.headers.get("count"), events: await bodyOf<Event[]>(response) };
}

describe("supervisory protocols", () => {
  // What the generator put into the packets.
  const told: [protocol: string, host: number, hardware: Record<string, string>, name: RegExp][] = [
    ["OPC UA", 10, { manufacturer: "Example Automation", firmwareVersion: "2.6.1" }, /UA server/],
    ["DNP3", 20, { manufacturer: "Example Grid", model: "RTU 560", serialNumber: "SN-55-1201" }, /^Substation 7$/],
    ["IEC 104", 25, { type: "IEC 104 controlled station" }, /./],
    ["HART-IP", 30, { manufacturer: "Rosemount", firmwareVersion: "1" }, /^tank-farm-gw$/],
    ["MMS", 40, { manufacturer: "Example Relays", model: "PROT-850", firmwareVersion: "4.21" }, /PROT-850/],
    ["MELSEC", 50, { manufacturer: "Mitsubishi Electric", model: "Q03UDVCPU" }, /Q03UDVCPU/],
    ["C37.118", 60, { type: "Phasor measurement unit (PMU)" }, /^NORTH 400KV$/],
    ["Beckhoff ADS", 70, { manufacturer: "Beckhoff", firmwareVersion: "3.1.4024" }, /TwinCAT System/],
  ];
  for (const [protocol, host, hardware, name] of told) {
    ownTest(`ot 2.1 [B]: ${protocol}: identity, and level 1 of who serves it`, async () => {
      const response = await get(target, "/ot/1.0/host/list?pageSize=100", token);
      const { assets } = await bodyOf<{ assets: Host[] }>(response);
      const found = assets.find(({ ipAddress }) => ipAddress.includes(`192.168.31.${host}`));
      expect(found).toMatchObject({ purdueLevel: 1, name: expect.stringMatching(name), hardware });
    });
  }

  ownTest("ot 2.1 [B]: GOOSE: a publisher below IP is a host by its MAC, named by its goID", async () => {
    const response = await get(target, "/ot/1.0/host/list?filter=interfaces.protocol:goose", token);
    const { assets } = await bodyOf<{ assets: (Host & { macAddress: string[] })[] }>(response);
    expect(assets).toMatchObject([{ name: "BAY2_TRIP", ipAddress: [], macAddress: ["02:00:31:00:00:29"] }]);
  });
});

describe("process-integrity events", () => {
  ownTest("ot 2.1 [B]: a program loaded in a thousand blocks is one event with its span and evidence", async () => {
    const { count, events } = await readEvents("kind=PROGRAM_DOWNLOAD&protocol=s7comm");
    expect(count).toBe("1");
    expect(events).toMatchObject([
      {
        client: { address: "192.168.31.200", assetId: expect.any(Number) },
        server: { address: "192.168.31.80", assetId: expect.any(Number) },
        detail: "OB 1",
        messageCount: 1000,
        evidence: { importId, frame: 108 },
      },
    ]);
    expect(Date.parse(events[0]!.ended) - Date.parse(events[0]!.started)).toBe(999);
  });

  const acts: [protocol: string, host: number, kinds: string[]][] = [
    ["s7comm", 80, ["STOP", "PROGRAM_DOWNLOAD", "START", "PROGRAM_UPLOAD"]],
    ["cip", 81, ["STOP", "RESET", "MODE_CHANGE", "FIRMWARE_DOWNLOAD"]],
    ["modbus and umas", 82, ["STOP", "PROGRAM_DOWNLOAD", "START", "RESET"]],
    ["fins", 83, ["STOP", "PROGRAM_DOWNLOAD", "START"]],
    ["melsec", 50, ["STOP", "START"]],
    ["ads", 70, ["MODE_CHANGE", "START"]],
  ];
  for (const [protocol, host, kinds] of acts) {
    ownTest(`ot 2.1 [B]: ${protocol}: ${kinds.join(", ")}`, async () => {
      const { events } = await readEvents(`address=192.168.31.${host}`);
      expect(events.map(({ kind }) => kind)).toEqual(kinds.toReversed());
    });
  }

  ownTest("ot 2.1 [B]: the same capture again tells the same events", async () => {
    const before = await readEvents("pageSize=100");
    await importFile(target, token, makeControlCapture());
    expect(await readEvents("pageSize=100")).toEqual(before);
    expect(before.count).toBe("21");
  });

  ownTest("ot 1.1 [B]: event list: newest first, each exactly once over the pages, empty past the end", async () => {
    const { events: all } = await readEvents("pageSize=100");
    const starts = all.map(({ started }) => Date.parse(started));
    expect(starts).toEqual(starts.toSorted((a, b) => b - a));
    const walked: Event[] = [];
    for (let page = 0; ; page++) {
      const { count, events } = await readEvents(`pageSize=4&pageNumber=${page}`);
      expect(count).toBe(String(all.length));
      if (events.length === 0) break;
      walked.push(...events);
    }
    expect(walked).toEqual(all);
  });

  ownTest(
    "ot 1 [B]: event list: 400 for unknown kinds and times, 401 without a token, 403 without the network view",
    async () => {
      expect((await get(target, "/ot/1.0/event/list?kind=EXPLOSION", token)).status).toBe(400);
      for (const time of ["yesterday", "2016-12-31T23:59:60Z", "2025-02-30T00:00:00Z"])
        expect([time, (await get(target, `/ot/1.0/event/list?from=${time}`, token)).status]).toEqual([time, 400]);
      expect((await get(target, "/ot/1.0/event/list")).status).toBe(401);
      const accounts = new Accounts(target);
      await accounts.createRole("Hosts only", { hasApiAccess: true, hasUiAccess: false });
      await accounts.create("hosts_only", "Hosts only");
      const reader = await logIn(target, { username: "hosts_only", password: PASSWORD });
      expect((await get(target, "/ot/1.0/host/list", reader)).status).toBe(200);
      expect((await get(target, "/ot/1.0/event/list", reader)).status).toBe(403);
    },
  );
});
