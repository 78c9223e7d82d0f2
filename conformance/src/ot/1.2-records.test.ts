import { beforeAll, expect } from "vitest";
import { bodyOf, get, logIn } from "../http.ts";
import { importFile } from "../imports.ts";
import { makePlantCapture, ownTest, useOwnTarget } from "../target.ts";

type Host = Record<string, unknown> & { ipAddress: string[] };

const target = useOwnTarget();
let hosts: Host[];
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  const token = await logIn(target);
  await importFile(target, token, await makePlantCapture());
  ({ assets: hosts } = await bodyOf<{ assets: Host[] }>(await get(target, "/ot/1.0/host/list?pageSize=100", token)));
});

const isText = expect.toSatisfy((value) => value === null || typeof value === "string", "text or null");
const isTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const HARDWARE = {
  manufacturer: isText,
  type: isText,
  category: isText,
  family: isText,
  model: isText,
  orderNumber: isText,
  catalogNumber: isText,
  serialNumber: isText,
  firmwareVersion: isText,
  hardwareRevision: isText,
};

ownTest("ot 1.2 [B]: every host has each documented member, of its type, and no other", async () => {
  for (const host of hosts) {
    expect(host).toEqual({
      assetId: expect.any(Number),
      assetUuid: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      name: expect.stringMatching(/\S/),
      ipAddress: expect.any(Array),
      macAddress: expect.any(Array),
      hardware: HARDWARE,
      operatingSystem: isText,
      purdueLevel: expect.toSatisfy((value) => value === null || typeof value === "number"),
      inventory: expect.any(Array),
      interfaces: expect.any(Array),
      modules: expect.any(Array),
      projectFiles: [],
      risk: expect.toSatisfy((value) => Number.isInteger(value) && value >= 0 && value <= 1000),
      criticality: expect.toSatisfy((value) => [1, 2, 3, 4, 5].includes(value)),
      vulnerabilityCount: expect.any(Number),
      tags: [],
      created: isTime,
      lastUpdated: isTime,
    });
  }
});

ownTest("ot 1.2 [B]: inventory names the sources and their times", async () => {
  for (const host of hosts) {
    expect(host.inventory).toEqual([{ source: "Passive Sensor", created: isTime, lastUpdated: isTime }]);
  }
});

ownTest("ot 1.2 [B]: interfaces have address, MAC, protocol, transport and port", async () => {
  for (const host of hosts) {
    for (const entry of host.interfaces as object[]) {
      expect(entry).toEqual({
        address: isText,
        macAddress: isText,
        protocol: isText,
        transport: { protocol: isText },
        port: expect.toSatisfy((value) => value === null || Number.isInteger(value)),
      });
    }
  }
  const controller = hosts.find(({ ipAddress }) => ipAddress.includes("192.168.20.30"));
  expect(controller?.interfaces).toContainEqual({
    address: "192.168.20.30",
    macAddress: "00:1b:1b:5c:20:1e",
    protocol: "s7comm",
    transport: { protocol: "tcp" },
    port: 102,
  });
});

ownTest("ot 1.2 [B]: ids and UUIDs are each host's own", async () => {
  for (const member of ["assetId", "assetUuid"]) {
    expect(new Set(hosts.map((host) => host[member])).size).toBe(hosts.length);
  }
});
