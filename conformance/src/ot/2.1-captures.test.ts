import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect } from "vitest";
import { bodyOf, get, logIn } from "../http.ts";
import { importFile } from "../imports.ts";
import { makePlantCapture, makeProtocolCapture, ownTest, type Target, useOwnTarget } from "../target.ts";

type Host = {
  assetId: number;
  name: string;
  ipAddress: string[];
  macAddress: string[];
  purdueLevel: number | null;
  hardware: Record<string, string | null>;
};

type Evidence = { field: string; value: string; standing: string };

async function readHosts(target: Target, token: string): Promise<Host[]> {
  const response = await get(target, "/ot/1.0/host/list?pageSize=100", token);
  return (await bodyOf<{ assets: Host[] }>(response)).assets;
}
const at = (hosts: Host[], ip: string) => hosts.find(({ ipAddress }) => ipAddress.includes(ip));

describe("identities", () => {
  const target = useOwnTarget();
  let hosts: Host[];
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    const token = await logIn(target);
    const job = await importFile(target, token, await makePlantCapture());
    expect(job).toMatchObject({ status: "COMPLETED", format: "pcap", issues: [] });
    hosts = await readHosts(target, token);
  });

  // What the generator put into the packets' identity items: vendor 1, product name, revision, serial number.
  const rockwell: [ip: string, catalog: string, firmware: RegExp, serial: number, type: RegExp][] = [
    ["192.168.20.10", "1756-L83E/B", /^33\.0?11$/, 0x00b741c2, /^Programmable Logic Controller \(PLC\)$/],
    ["192.168.20.11", "1756-EN2T/D", /^10\.0{0,2}7$/, 0x00d018e5, /Communications Adapter/],
    ["192.168.20.12", "1756-ENBT/A", /^4\.0{0,2}3$/, 0x006177a0, /Communications Adapter/],
    ["192.168.20.13", "1769-L33ER/A", /^30\.0?14$/, 0x60a39c11, /^Programmable Logic Controller \(PLC\)$/],
    ["192.168.20.14", "1734-AENT/B", /^5\.0?17$/, 0x72015d3f, /Communications Adapter/],
  ];
  for (const [ip, catalog, firmware, serial, type] of rockwell) {
    ownTest(`ot 2.1 [B]: EtherNet/IP ListIdentity of ${catalog}`, async () => {
      const host = at(hosts, ip);
      expect(host?.hardware).toMatchObject({
        manufacturer: "Rockwell Automation",
        catalogNumber: catalog,
        firmwareVersion: expect.stringMatching(firmware),
        serialNumber: expect.stringMatching(new RegExp(`^0x${serial.toString(16).padStart(8, "0")}$`, "i")),
        type: expect.stringMatching(type),
      });
      expect(host?.purdueLevel).toBe(1);
    });
  }

  // What the generator put into SZL 0x0011 and 0x001C.
  const siemens: [ip: string, order: string, firmware: string, serial: string, station: string, family: string][] = [
    ["192.168.20.30", "6ES7 315-2EH14-0AB0", "3.2.7", "S C-X4U812053111", "Intake station", "S7-300"],
    ["192.168.20.31", "6ES7 317-2EK14-0AB0", "3.3.10", "S C-X9N204417735", "Filter station", "S7-300"],
    ["192.168.20.32", "6ES7 412-2EK06-0AB0", "6.0.3", "S V-H1P609921804", "Pump house", "S7-400"],
    ["192.168.20.33", "6ES7 214-1AG40-0XB0", "4.2.1", "S V-Z6T410028852", "Dosing skid", "S7-1200"],
    ["192.168.20.34", "6ES7 516-3AN01-0AB0", "2.6.1", "S V-L3K771560923", "Control room", "S7-1500"],
  ];
  for (const [ip, orderNumber, firmware, serialNumber, station, family] of siemens) {
    ownTest(`ot 2.1 [B]: S7comm SZL of ${orderNumber}`, async () => {
      const host = at(hosts, ip);
      expect(host?.hardware).toMatchObject({
        manufacturer: "Siemens",
        orderNumber,
        serialNumber,
        family,
        type: "Programmable Logic Controller (PLC)",
      });
      expect(host?.hardware.firmwareVersion?.replace(/^V/, "")).toBe(firmware);
      expect(host?.name).toBe(station);
      expect(host?.purdueLevel).toBe(1);
    });
  }

  ownTest("ot 2.1 [B]: every datum keeps its evidence, and what is inferred is marked so", async () => {
    const host = at(hosts, "192.168.20.30")!;
    const detail = await bodyOf<Host & { inferred: object; evidence: Evidence[] }>(
      await get(target, `/ot/1.0/host/${host.assetId}`, await logIn(target)),
    );
    const { inferred, evidence, ...record } = detail;
    expect(record).toEqual(host);
    expect(inferred).toEqual({
      role: "controller",
      purdueLevel: 1,
      reason: "its type is Programmable Logic Controller (PLC)",
    });
    for (const member of ["orderNumber", "serialNumber", "firmwareVersion"]) {
      expect(evidence.filter(({ field }) => field === member)).toEqual([
        {
          field: member,
          value: host.hardware[member],
          standing: "used",
          protocol: "s7comm",
          source: "Passive Sensor",
          confidence: expect.any(Number),
          firstSeen: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
          lastSeen: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
          importId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          frame: expect.any(Number),
        },
      ]);
    }
  });

  ownTest("ot 2.1 [B]: a client of several controllers is inferred to be on level 2", async () => {
    expect(at(hosts, "192.168.20.200")).toMatchObject({ purdueLevel: 2, macAddress: ["00:50:56:ae:20:c8"] });
  });

  ownTest("ot 2.1 [B]: one device is one host, however many packets name it", async () => {
    const addresses = hosts.flatMap(({ ipAddress }) => ipAddress);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(hosts).toHaveLength(13);
  });
});

describe("further protocols", () => {
  const target = useOwnTarget();
  let hosts: (Host & { modules: { slot: number; catalogNumber: string; serialNumber: string }[] })[];
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    const token = await logIn(target);
    const job = await importFile(target, token, makeProtocolCapture());
    expect(job).toMatchObject({ status: "COMPLETED", format: "pcap", issues: [] });
    hosts = (await readHosts(target, token)) as typeof hosts;
  });

  // What the generator put into the packets.
  const told: [protocol: string, host: number, hardware: Record<string, string>, name: RegExp][] = [
    ["S7comm-plus session setup", 20, { orderNumber: "6ES7 516-3AN02-0AB0", firmwareVersion: "V2.9" }, /./],
    ["PROFINET DCP", 30, { manufacturer: "Siemens", type: "PROFINET I/O device" }, /^conveyor-io-1$/],
    ["LLDP", 31, { orderNumber: "6GK5 208-0BA10-2AA3", firmwareVersion: "V5.2.6" }, /^ring-switch-1$/],
    ["Modbus 0x2B/0x0E", 40, { manufacturer: "Schneider Electric", firmwareVersion: "V2.70" }, /BMX P34 2020/],
    ["Modbus 0x11", 41, { model: "PM5560 power meter" }, /PM5560/],
    ["UMAS", 40, { model: "BMX P34 2020", type: "Programmable Logic Controller (PLC)" }, /./],
    ["BACnet", 50, { manufacturer: "Delta Controls", model: "eBCON", firmwareVersion: "4.10.1" }, /^Süd AHU-1$/],
    ["FINS over UDP", 60, { manufacturer: "Omron", model: "CJ2M-CPU33", firmwareVersion: "02.01" }, /./],
    ["FINS over TCP", 61, { manufacturer: "Omron", model: "CP1L-EL20DR-D", firmwareVersion: "01.10" }, /./],
    ["Niagara Fox", 70, { manufacturer: "Tridium", firmwareVersion: "4.11.2.18" }, /^north_wing$/],
  ];
  for (const [protocol, host, hardware, name] of told) {
    ownTest(`ot 2.1 [B]: ${protocol}`, async () => {
      expect(at(hosts, `192.168.30.${host}`)).toMatchObject({ hardware, name: expect.stringMatching(name) });
    });
  }

  ownTest("ot 2.1 [B]: CIP Identity through Unconnected Send: modules behind a chassis", async () => {
    expect(hosts.find(({ ipAddress }) => ipAddress.includes("192.168.30.10"))?.modules).toMatchObject([
      { slot: 0, catalogNumber: "1756-L85E/B", serialNumber: "0x00aa1002" },
      { slot: 4, catalogNumber: "1756-IB16D/A", serialNumber: "0x00aa1003" },
    ]);
  });

  ownTest("ot 2.1 [B]: servers of these protocols are on level 1, and no broadcast address is a host", async () => {
    const level = (host: number) => at(hosts, `192.168.30.${host}`)?.purdueLevel;
    expect([10, 20, 30, 40, 41, 50, 60, 61, 70].map(level)).toEqual(Array.from({ length: 9 }, () => 1));
    expect(hosts.flatMap(({ ipAddress }) => ipAddress).filter((ip) => ip.endsWith(".255"))).toEqual([]);
    expect(hosts).toHaveLength(11);
  });
});

describe("file forms", () => {
  const target = useOwnTarget();
  let token: string;
  let first: Host[];
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    token = await logIn(target);
    await importFile(target, token, await makePlantCapture());
    first = await readHosts(target, token);
  });

  const layouts = (["pcap", "pcapng"] as const).flatMap((format) =>
    (["little", "big"] as const).flatMap((byteOrder) =>
      (["microseconds", "nanoseconds"] as const).map((timeUnit) => ({ format, byteOrder, timeUnit })),
    ),
  );
  for (const layout of layouts) {
    ownTest(
      `ot 2.1 [B]: ${layout.format}, ${layout.byteOrder} endian, ${layout.timeUnit}: the same hosts`,
      async () => {
        const job = await importFile(target, token, await makePlantCapture(layout));
        expect(job).toMatchObject({ status: "COMPLETED", format: layout.format, issues: [] });
        expect(job.counts).toMatchObject({ hostsNew: 0, assetsNew: 0 });
        expect(await readHosts(target, token)).toEqual(first);
      },
    );
  }

  ownTest("etm 4 [B]: a packed capture brings the same", async () => {
    const job = await importFile(target, token, gzipSync(await makePlantCapture({ format: "pcapng" })));
    expect(job).toMatchObject({ status: "COMPLETED", format: "pcapng" });
    expect(await readHosts(target, token)).toEqual(first);
  });
});

describe("damaged captures", () => {
  const target = useOwnTarget();
  let token: string;
  beforeAll(async () => {
    if (!process.env.CONFORMANCE_URL) token = await logIn(target);
  });

  ownTest("ot 2.1 [B]: a capture cut in the middle of a packet brings what stands before, and says so", async () => {
    const capture = await makePlantCapture();
    const job = await importFile(target, token, capture.subarray(0, capture.length - 7));
    expect(job.status).toBe("COMPLETED");
    expect(job.issues.map(({ message }) => message).join()).toMatch(/cut|trunc|end|incomplete/i);
    expect(job.issues[0]?.location).toMatch(/\d/);
    expect((await readHosts(target, token)).length).toBeGreaterThanOrEqual(12);
  });

  ownTest("ot 2.1 [B]: a sensor's clock that cannot be right dates nothing, and it is said", async () => {
    const times = async () => {
      const response = await get(target, "/ot/1.0/host/list?pageSize=100", token);
      const { assets } = await bodyOf<{ assets: { created: string; lastUpdated: string }[] }>(response);
      return assets.flatMap(({ created, lastUpdated }) => [Date.parse(created), Date.parse(lastUpdated)]);
    };
    for (const seconds of [5, 0xffff_ffff]) {
      const capture = await makePlantCapture();
      for (let at = 24; at < capture.length; at += 16 + capture.readUInt32LE(at + 8))
        capture.writeUInt32LE(seconds, at);
      const job = await importFile(target, token, capture);
      expect(job).toMatchObject({ status: "COMPLETED", issues: [{ code: "capture-clock-absurd", level: "warning" }] });
      expect(Math.min(...(await times()))).toBeGreaterThanOrEqual(Date.UTC(1990, 0, 1));
      expect(Math.max(...(await times()))).toBeLessThanOrEqual(Date.now() + 60_000);
    }
  });

  for (const format of ["pcap", "pcapng"] as const) {
    ownTest(`ot 2.1 [B]: an unknown link type in ${format} is named, and nothing is guessed`, async () => {
      const before = await readHosts(target, token);
      const capture = await makePlantCapture({ format });
      // pcap: in the head. pcapng: in the interface block, which follows the section's 28 bytes.
      if (format === "pcap") capture.writeUInt32LE(147, 20);
      else capture.writeUInt16LE(147, 28 + 8);
      const job = await importFile(target, token, capture);
      const said = [job.message, ...job.issues.map(({ message }) => message)].join("\n");
      expect(said).toMatch(/147/);
      expect(job.counts).toMatchObject({ hostsNew: 0, hostsUpdated: 0 });
      expect(await readHosts(target, token)).toEqual(before);
    });
  }

  ownTest("ot 2.1 [B]: noise in packets is no identity and no failure", async () => {
    const capture = await makePlantCapture();
    // Every payload byte beyond the file's head is turned, the lengths of records are kept.
    for (let at = 24; at < capture.length; ) {
      const bytes = capture.readUInt32LE(at + 8);
      for (let index = at + 16 + 42; index < at + 16 + bytes; index += 1) capture[index] = (capture[index] ?? 0) ^ 0x5a;
      at += 16 + bytes;
    }
    const before = await readHosts(target, token);
    const job = await importFile(target, token, capture);
    expect(job.status).toBe("COMPLETED");
    const after = await readHosts(target, token);
    expect(after.map(({ hardware }) => hardware)).toEqual(before.map(({ hardware }) => hardware));
  });
});
