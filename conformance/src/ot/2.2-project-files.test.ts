import { createHash } from "node:crypto";
import { deflateRawSync, gzipSync } from "node:zlib";
import { beforeAll, describe, expect } from "vitest";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { makePlantCapture, ownTest, type Target, useOwnTarget } from "../target.ts";
import { logixProject } from "./project-files.ts";

type Host = {
  name: string;
  ipAddress: string[];
  hardware: Record<string, string | null>;
  modules: Record<string, unknown>[];
  inventory: { source: string }[];
  tags: string[];
};
type File = { status: string; fileHash: string; assetCount: number; extension: string; vendor: string };

const IMPORT = "/ot/1.0/projectfile/import";
async function readHosts(target: Target, token: string, filter = ""): Promise<Host[]> {
  const response = await get(target, `/ot/1.0/host/list${query({ filter, pageSize: 100 })}`, token);
  return (await bodyOf<{ assets: Host[] }>(response)).assets;
}
async function readFiles(target: Target, token: string, filter = ""): Promise<File[]> {
  return bodyOf<File[]>(await get(target, `/ot/1.0/projectfile/list${query({ filter })}`, token));
}

/** What the generated plant has at two addresses, planned: its Ethernet module and its remote rack. */
const plant = (over: { savedAt?: string; withSkid?: boolean } = {}) =>
  logixProject(
    "plant_project",
    [
      { name: "uplink", catalog: "1756-EN2T", parent: "Local", port: 1, at: "3", ip: "192.168.20.11" },
      { name: "rack", catalog: "1734-AENT/B", parent: "Local", port: 2, at: "192.168.20.14", keying: "ExactMatch" },
      { name: "rack_in", catalog: "1734-IB8/C", parent: "rack", port: 2, at: "1", keying: "ExactMatch" },
      ...(over.withSkid === false
        ? []
        : [{ name: "skid", catalog: "1734-AENT/B", parent: "Local", port: 2, at: "192.168.20.99" }]),
    ],
    { savedAt: over.savedAt ?? "Tue Mar 04 10:14:30 2025", serialNumber: "16#00b7_41c2" },
  );

describe("with hosts seen on the wire", () => {
  const target = useOwnTarget();
  let token: string;
  let hosts: Host[];
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    token = await logIn(target);
    await importFile(target, token, await makePlantCapture());
    await importFile(target, token, plant(), { path: `${IMPORT}?fileName=plant.L5X` });
    hosts = await readHosts(target, token);
  });
  const at = (ip: string) => hosts.filter(({ ipAddress }) => ipAddress.includes(ip));

  ownTest(
    "ot 2.2 [B]: hosts are merged by serial number and by address, and keep what they said themselves",
    async () => {
      // 192.168.20.10 is the controller with serial number 0x00b741c2.
      for (const ip of ["192.168.20.10", "192.168.20.11", "192.168.20.14"]) {
        expect(at(ip)).toHaveLength(1);
        expect(at(ip)[0]).toMatchObject({
          inventory: [{ source: "Passive Sensor" }, { source: "Project File" }],
          tags: ["ICS_OCA"],
        });
      }
      expect(at("192.168.20.10")[0]?.hardware.catalogNumber).toBe("1756-L83E/B");
      expect(at("192.168.20.11")[0]?.hardware.firmwareVersion).toMatch(/^10\./);
      expect(hosts).toHaveLength(14);
    },
  );

  ownTest("ot 2.2 [B]: modules stand in their chassis", async () => {
    expect(at("192.168.20.10")[0]?.modules).toMatchObject([{ slot: 3, catalogNumber: "1756-EN2T" }]);
    expect(at("192.168.20.14")[0]?.modules).toMatchObject([{ slot: 1, catalogNumber: "1734-IB8/C" }]);
  });

  ownTest("qql 2 [D]: the tag ICS_OCA and the inventory source find hosts of project files", async () => {
    const tagged = await readHosts(target, token, "asset.tags.name:ICS_OCA");
    expect(tagged.flatMap(({ ipAddress }) => ipAddress).sort()).toEqual(
      ["192.168.20.10", "192.168.20.11", "192.168.20.14", "192.168.20.99"].sort(),
    );
    expect(await readHosts(target, token, "inventory.source:`Project File`")).toHaveLength(4);
  });

  ownTest(
    "ot 2.2 [B]: the same file again changes nothing; a newer version replaces the older, never the other way",
    async () => {
      const same = await importFile(target, token, plant(), { path: `${IMPORT}?fileName=plant.L5X` });
      expect(same.counts).toMatchObject({ hostsNew: 0, hostsUpdated: 0 });
      expect(await readFiles(target, token)).toMatchObject([
        { fileHash: createHash("sha256").update(plant()).digest("hex") },
      ]);
      const newer = plant({ savedAt: "Wed Mar 05 10:14:30 2025", withSkid: false });
      await importFile(target, token, newer, { path: IMPORT });
      expect(await readHosts(target, token, "interfaces.address:192.168.20.99")).toEqual([]);
      expect(await readHosts(target, token)).toHaveLength(13);
      const older = await importFile(target, token, plant(), { path: IMPORT });
      expect(older.issues).toMatchObject([{ level: "refused", code: "project-older" }]);
      expect(await readFiles(target, token)).toMatchObject([{ assetCount: 3 }]);
    },
  );
});

describe("formats", () => {
  const target = useOwnTarget();
  let token: string;
  beforeAll(async () => {
    if (!process.env.CONFORMANCE_URL) token = await logIn(target);
  });

  const aml = `<?xml version="1.0" encoding="utf-8"?><CAEXFile SchemaVersion="2.15"><InstanceHierarchy Name="h">
<InternalElement ID="p" Name="Filling"><InternalElement ID="d" Name="S7 station"><Attribute Name="TypeIdentifier"><Value>System:Device.S71500</Value></Attribute>
<InternalElement ID="r" Name="Rail_0"><Attribute Name="TypeName"><Value>Rail</Value></Attribute><Attribute Name="PositionNumber"><Value>0</Value></Attribute>
<InternalElement ID="c" Name="Filler"><Attribute Name="TypeName"><Value>CPU 1516-3 PN/DP</Value></Attribute><Attribute Name="DeviceItemType"><Value>CPU</Value></Attribute><Attribute Name="PositionNumber"><Value>1</Value></Attribute><Attribute Name="TypeIdentifier"><Value>OrderNumber:6ES7 516-3AN01-0AB0/V2.6</Value></Attribute>
<InternalElement ID="i" Name="X1"><InternalElement ID="n" Name="IE1"><Attribute Name="NetworkAddress"><Value>10.62.0.1</Value></Attribute></InternalElement></InternalElement></InternalElement>
<InternalElement ID="m" Name="DI"><Attribute Name="PositionNumber"><Value>2</Value></Attribute><Attribute Name="TypeIdentifier"><Value>OrderNumber:6ES7 521-1BL00-0AB0</Value></Attribute></InternalElement>
</InternalElement></InternalElement></InternalElement></InstanceHierarchy></CAEXFile>`;

  ownTest("ot 2.2 [B]: Siemens TIA CAx .aml", async () => {
    expect(await importFile(target, token, aml, { path: IMPORT })).toMatchObject({
      status: "COMPLETED",
      format: "aml",
      issues: [],
    });
    expect(await readHosts(target, token, "interfaces.address:10.62.0.1")).toMatchObject([
      {
        name: "Filler",
        hardware: {
          manufacturer: "Siemens",
          orderNumber: "6ES7 516-3AN01-0AB0",
          firmwareVersion: "V2.6",
          family: "S7-1500",
        },
        modules: [{ rack: 0, slot: 2, orderNumber: "6ES7 521-1BL00-0AB0" }],
      },
    ]);
  });

  const xef = (root: string, name: string, ip: string) =>
    `<?xml version="1.0"?><${root}><fileHeader product="Control Expert V15.0"/><contentHeader name="${name}"/><IOConf><PLC>
<partItem partNumber="BMX P34 2020" version="03.20" description="CPU 340-20"/><equipInfo topoAddress="0"/><ethernet ipAddress="${ip}"/>
<moduleM340><partItem partNumber="BMX DDI 1602" version="01.10" description="Dig 16 In"/><equipInfo topoAddress="\\0.0\\0.1"/></moduleM340></PLC></IOConf></${root}>`;

  ownTest("ot 2.2 [B]: Schneider .xef, and the .zef that holds one beside other parts", async () => {
    const single = await importFile(target, token, xef("FEFExchangeFile", "Pumps", "10.62.0.2"), { path: IMPORT });
    expect(single).toMatchObject({ status: "COMPLETED", format: "xef", issues: [] });
    const zef = zip([
      ["DTM/FDTDTMTopology.xml", "<Topology/>"],
      ["Project_Definition.xpdf", "crypted"],
      ["unitpro.xef", xef("ZEFExchangeFile", "Valves", "10.62.0.3")],
    ]);
    const archive = await importFile(target, token, zef, { path: `${IMPORT}?fileName=valves.zef` });
    expect(archive).toMatchObject({ status: "COMPLETED", format: "xef", issues: [] });
    const [file] = await readFiles(target, token, "name:valves");
    expect(file).toMatchObject({ extension: "zef", fileHash: createHash("sha256").update(zef).digest("hex") });
    for (const [name, ip] of [
      ["Pumps", "10.62.0.2"],
      ["Valves", "10.62.0.3"],
    ]) {
      const [host] = await readHosts(target, token, `interfaces.address:${ip}`);
      expect(host).toMatchObject({
        name,
        hardware: { manufacturer: "Schneider Electric", orderNumber: "BMXP342020", family: "Modicon M340" },
      });
      expect(host?.modules).toMatchObject([{ slot: 1, orderNumber: "BMXDDI1602" }]);
    }
  });

  ownTest("ot 2.2 [B]: Rockwell .ACD, of which the controller is read: PARTIAL", async () => {
    const job = await importFile(target, token, acd("Boiler", "32", "12"), { path: `${IMPORT}?fileName=boiler.ACD` });
    expect(job).toMatchObject({ status: "COMPLETED", format: "acd", issues: [{ level: "warning" }] });
    expect(await readFiles(target, token, "name:boiler")).toMatchObject([
      { status: "PARTIAL", extension: "acd", assetCount: 1 },
    ]);
    expect(await readHosts(target, token, "asset.name:Boiler")).toMatchObject([
      { hardware: { firmwareVersion: "32.12" } },
    ]);
  });

  const dtd =
    '<?xml version="1.0"?><!DOCTYPE RSLogix5000Content [<!ENTITY a "x">]><RSLogix5000Content TargetType="Controller"/>';
  for (const [what, file, reason] of [
    ["with a DTD", dtd, /DOCTYPE/],
    ["an export of a routine", logixProject("r", [], { targetType: "Routine" }), /Routine/],
    ["a container without its list", acd("cut", "1", "1").subarray(0, 900), /list of members/],
  ] as const) {
    ownTest(`ot 2.2 [B]: a file ${what} is FAILED with a clear reason, and kept as such`, async () => {
      const name = `bad ${what}`;
      const job = await importFile(target, token, file, { path: `${IMPORT}${query({ fileName: name })}` });
      expect(job).toMatchObject({ status: "FAILED", issues: [{ level: "refused" }] });
      expect(job.message).toMatch(reason);
      expect(await readFiles(target, token, `name:\`${name}\``)).toMatchObject([{ status: "FAILED", assetCount: 0 }]);
    });
  }

  ownTest("ot 2.2 [B]: a good file beside a bad one in an archive is taken", async () => {
    const archive = zip([
      ["bad.L5X", dtd],
      ["good.L5X", logixProject("oven", [])],
    ]);
    const job = await importFile(target, token, archive, { path: IMPORT });
    expect(job.status).toBe("COMPLETED");
    expect(job.issues).toMatchObject([{ code: "doctype-refused" }]);
    expect(await readHosts(target, token, "asset.name:oven")).toHaveLength(1);
  });

  ownTest("ot 2.2 [B]: sizes and ratios are capped", async () => {
    const bomb = gzipSync(
      Buffer.concat([Buffer.from('<RSLogix5000Content TargetType="Controller">'), Buffer.alloc(64 * 1024 ** 2, " ")]),
    );
    const job = await importFile(target, token, bomb, { path: IMPORT });
    expect(job.status).toBe("FAILED");
    expect(job.message).toMatch(/decompress/);
    expect((await call(target, "GET", "/health/ready")).status).toBe(200);
  });
});

/** An archive of deflated entries. */
function zip(entries: readonly (readonly [name: string, text: string])[]): Buffer {
  const parts = entries.flatMap(([name, text]) => {
    const bytes = Buffer.from(text);
    const packed = deflateRawSync(bytes);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(20, 4);
    head.writeUInt16LE(8, 8);
    head.writeUInt32LE(crc32(bytes), 14);
    head.writeUInt32LE(packed.length, 18);
    head.writeUInt32LE(bytes.length, 22);
    head.writeUInt16LE(name.length, 26);
    return [head, Buffer.from(name), packed];
  });
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  return Buffer.concat([...parts, end]);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A container with its log of versions and quick information, as the format is known. */
function acd(name: string, major: string, minor: string): Buffer {
  const log =
    "\r\nThis file was generated by the RSLogix 5000 software.\r\n\r\n2025-02-01 16:45:59.500: Saved - V32.00.00/1.000\r\n";
  const info = `\uFEFF<?xml version="1.0" encoding="UTF-16"?><LogixQuickInfo Name="${name}"><SWVersion String="RSLogix 5000 v32.00"/><DeviceIdentity VendorID="1" ProductType="14" ProductCode="1" MajorRevision="${major}" MinorRevision="${minor}"/></LogixQuickInfo>`;
  const members: [string, Buffer][] = [
    ["Version.Log", Buffer.from(log)],
    ["QuickInfo.XML", gzipSync(Buffer.from(info, "utf16le"))],
  ];
  let offset = 0;
  const records = members.map(([member, bytes]) => {
    const record = Buffer.alloc(528);
    record.write(member, 0, "utf16le");
    record.writeUInt32LE(bytes.length, 520);
    record.writeUInt32LE(offset, 524);
    offset += bytes.length;
    return record;
  });
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(members.length, 0);
  return Buffer.concat([...members.map(([, bytes]) => bytes), ...records, trailer]);
}
