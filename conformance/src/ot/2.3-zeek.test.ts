import { gzipSync } from "node:zlib";
import { beforeAll, expect } from "vitest";
import { bodyOf, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { makePlantCapture, ownTest, useOwnTarget } from "../target.ts";

type Host = {
  name: string;
  hardware: Record<string, string | null>;
  interfaces: object[];
  inventory: { source: string }[];
};
type Conversation = {
  client: { address: string };
  server: { address: string; port: number | null };
  protocol: string | null;
};

const IMPORT = "/ot/1.0/capture/import";
const target = useOwnTarget();
let token: string;
beforeAll(async () => {
  if (!process.env.CONFORMANCE_URL) token = await logIn(target);
});

async function hostAt(ip: string): Promise<Host> {
  const response = await get(target, `/ot/1.0/host/list${query({ filter: `interfaces.address:${ip}` })}`, token);
  const { assets } = await bodyOf<{ assets: Host[] }>(response);
  expect(assets).toHaveLength(1);
  return assets[0]!;
}

const ID = { ts: "1741082400.250000", uid: "C1", "id.orig_h": "10.63.0.5", "id.orig_p": "51000" };
/** A log as Zeek writes it: fields that are not there are unset. */
function tsv(path: string, records: readonly Record<string, string>[]): string {
  const fields = [...new Set(records.flatMap(Object.keys))];
  const rows = records.map((record) => fields.map((field) => record[field] ?? "-").join("\t"));
  const head = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", `#path\t${path}`];
  return [...head, `#fields\t${fields.join("\t")}`, ...rows, "#close\t2025-03-04-10-00-00", ""].join("\n");
}
const json = (records: readonly Record<string, string>[]) =>
  records.map((record) => `${JSON.stringify({ ...record, ts: Number(record.ts) })}\n`).join("");

const cip = {
  ...ID,
  "id.resp_h": "10.63.0.11",
  "id.resp_p": "44818",
  vendor_id: "1",
  device_type_id: "12",
  product_code: "166",
  revision: "11.2",
  serial_number: "0x00d01234",
  product_name: "1756-EN2T/D",
};
const logs: readonly [log: string, record: Record<string, string>, hardware: Record<string, string>][] = [
  [
    "cip_identity",
    cip,
    {
      manufacturer: "Rockwell Automation",
      catalogNumber: "1756-EN2T/D",
      firmwareVersion: "11.2",
      serialNumber: "0x00d01234",
    },
  ],
  [
    "s7comm_known_devices",
    {
      ...ID,
      "id.resp_h": "10.63.0.12",
      "id.resp_p": "102",
      automation_system_name: "FILLER",
      module_serial: "S C-X1Y2Z3456789",
    },
    { manufacturer: "Siemens", serialNumber: "S C-X1Y2Z3456789" },
  ],
  [
    "modbus_read_device_identification",
    {
      ...ID,
      "id.resp_h": "10.63.0.13",
      "id.resp_p": "502",
      request_response: "RESPONSE",
      mei_type: "READ-DEVICE-IDENTIFICATION",
      object_id_code: "0x01",
      object_value: "BMX P34 2020",
    },
    { orderNumber: "BMX P34 2020" },
  ],
  [
    "bacnet_discovery",
    {
      ...ID,
      "id.resp_h": "10.63.0.255",
      "id.resp_p": "47808",
      source_h: "10.63.0.14",
      pdu_service: "i-am",
      object_type: "device",
      instance_number: "7",
      vendor: "Example Controls",
    },
    { manufacturer: "Example Controls" },
  ],
];

for (const [log, record, hardware] of logs) {
  for (const [form, text] of [
    ["tab-separated", tsv(log, [record])],
    ["JSON", json([record])],
  ] as const) {
    ownTest(`ot 2.3 [B]: ${log}.log, ${form}`, async () => {
      const job = await importFile(target, token, text, { path: IMPORT });
      expect(job).toMatchObject({ status: "COMPLETED", format: "zeek", issues: [] });
      const host = await hostAt(record.source_h ?? record["id.resp_h"]!);
      expect(host).toMatchObject({ hardware, inventory: [{ source: "Passive Sensor" }] });
    });
  }
}

ownTest("ot 2.3 [B]: s7comm_read_szl.log and profinet_io_cm.log show servers", async () => {
  const szl = {
    ...ID,
    "id.resp_h": "10.63.0.21",
    "id.resp_p": "102",
    method: "Response",
    szl_id: "0x0011",
    return_code: "0xff",
  };
  const cm = {
    ...ID,
    "id.resp_h": "10.63.0.22",
    "id.resp_p": "34964",
    rpc_version: "4",
    packet_type: "Request",
    object_uuid: "DEA00000-6C97-11D1-8271-00010313002A",
    interface_uuid: "DEA00001-6C97-11D1-8271-00A02442DF7D",
    activity_uuid: "13142F90-0000-1000-A994-D2106890CA5A",
  };
  const text = tsv("s7comm_read_szl", [szl]) + tsv("profinet_io_cm", [cm]);
  expect(await importFile(target, token, gzipSync(text), { path: IMPORT })).toMatchObject({
    status: "COMPLETED",
    issues: [],
  });
  expect((await hostAt("10.63.0.21")).interfaces).toMatchObject([{ protocol: "s7comm", port: 102 }]);
  expect(await hostAt("10.63.0.22")).toMatchObject({
    interfaces: [{ protocol: "profinet-io", port: 34964 }],
    hardware: { manufacturer: "Siemens" },
  });
});

ownTest("ot 2.3 [B]: conn.log gives the conversations of network/list", async () => {
  const conn = {
    ...ID,
    "id.resp_h": "10.63.0.31",
    "id.resp_p": "502",
    proto: "tcp",
    service: "modbus",
    conn_state: "SF",
    resp_pkts: "4",
  };
  const web = { ...conn, "id.resp_h": "10.63.0.32", "id.resp_p": "443", service: "ssl" };
  const job = await importFile(target, token, json([conn, web]), { path: IMPORT });
  expect(job).toMatchObject({ status: "COMPLETED", issues: [] });
  const list = (parameters: Record<string, string>) => get(target, `/ot/1.0/network/list${query(parameters)}`, token);
  const told = await bodyOf<Conversation[]>(await list({ address: "10.63.0.31" }));
  expect(told).toMatchObject([
    { client: { address: "10.63.0.5" }, server: { address: "10.63.0.31", port: 502 }, protocol: "modbus" },
  ]);
  const response = await list({ address: "10.63.0.32" });
  expect(response.headers.get("count")).toBe("1");
  expect(await bodyOf(response)).toMatchObject([{ protocol: null }]);
});

ownTest("ot 2.1 [B]: conversations of a capture are listed with the hosts at their ends", async () => {
  await importFile(target, token, await makePlantCapture(), { path: IMPORT });
  const found = await get(
    target,
    `/ot/1.0/network/list${query({ address: "192.168.20.30", protocol: "s7comm" })}`,
    token,
  );
  const [told] = await bodyOf<object[]>(found);
  expect(told).toMatchObject({
    network: "default",
    client: { assetId: expect.any(Number) },
    server: { address: "192.168.20.30", assetId: expect.any(Number), name: "Intake station", port: 102 },
    transport: "tcp",
    protocol: "s7comm",
  });
});

ownTest("ot 2.3 [B]: what cannot be read is refused with its line, and the rest goes on", async () => {
  const good = { ...cip, "id.resp_h": "10.63.0.41", serial_number: "0x00d04141" };
  const text = tsv("cip_identity", [good]).replace(/^#close/m, "too\tfew\n#close");
  const job = await importFile(target, token, text, { path: IMPORT });
  expect(job).toMatchObject({
    status: "COMPLETED",
    issues: [{ level: "refused", code: "zeek-record", location: "line 8" }],
  });
  await hostAt("10.63.0.41");
  const other = await importFile(target, token, tsv("dns", [{ ...ID, query: "example.com" }]), { path: IMPORT });
  expect(other).toMatchObject({ status: "FAILED", issues: [{ code: "zeek-log-unsupported" }] });
  expect(other.message).toContain("dns.log");
});

ownTest("ot 2.3 [B]: the same log again changes nothing", async () => {
  const again = await importFile(target, token, tsv("cip_identity", [cip]), { path: IMPORT });
  expect(again.counts).toMatchObject({ hostsNew: 0, hostsUpdated: 0, assetsNew: 0 });
});
