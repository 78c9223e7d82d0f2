import { createReadStream, existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { CaptureEvent, OtIdentityRecord } from "../records.ts";
import { BACNET_VENDORS } from "./dissectors/bacnet/vendors.ts";
import { endOf, eventsOf, identitiesOf } from "./testing/capture-bytes.ts";
import { hasTshark, tshark, tsharkFields } from "./testing/tshark.fixture.ts";

const FOLDER = resolve(import.meta.dirname, "../../../../../shared/data/ot/captures");
const canRun = hasTshark && existsSync(FOLDER);

const FILES = [
  "bacnet/bacnet_error_reject_abort.pcap",
  "bacnet/bacnet_example.pcap",
  "enip/enip_cip_example.pcap",
  "enip/multiple_service_packet_cip.pcapng",
  "fins/omron_fins_tcp_commands_responses.pcap",
  "fins/omron_test.pcap",
  "modbus/modbus_example.pcap",
  "profinet/profinet_io_cm_connect.pcapng",
  "profinet/profinet_io_cm_device.pcapng",
  "profinet/profinet_io_cm_mixed_1.pcap",
  "s7comm/s7comm_plus.pcap",
  "s7comm/snap7.pcap",
];

const path = (name: string) => resolve(FOLDER, name);
const parse = (name: string) => eventsOf(createReadStream(path(name)));
const identities = async (name: string, protocol: string) =>
  identitiesOf(await parse(name)).filter(({ evidence }) => evidence.protocol === protocol);

/** Frames by the two addresses, in either order, and the transport. */
function tally(rows: Iterable<{ ends: (string | null | undefined)[]; transport: string; frames: number }>) {
  const counts: Record<string, number> = {};
  for (const { ends, transport, frames } of rows) {
    const key = `${ends.toSorted().join(" ")} ${transport}`;
    counts[key] = (counts[key] ?? 0) + frames;
  }
  return counts;
}

function* ourConversations(events: readonly CaptureEvent[]) {
  for (const event of events) {
    if (event.type !== "conversation" || event.conversation.transport === "ethernet") continue;
    const { client, server, transport, frames } = event.conversation;
    yield { ends: [client.ipAddress, server.ipAddress], transport, frames };
  }
}

/** From `ip.src`, `ip.dst`, `ipv6.src`, `ipv6.dst`, `tcp.srcport` and `udp.srcport`, the outermost of each. */
function* theirConversations(name: string) {
  const fields = ["ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "udp.srcport"].flatMap((field) => [
    "-e",
    field,
  ]);
  for (const line of tshark(path(name), "-T", "fields", "-E", "occurrence=f", ...fields)) {
    const [source4, target4, source6, target6, tcp, udp] = line.split("\t");
    if (!tcp && !udp) continue;
    yield { ends: [source4 || source6, target4 || target6], transport: tcp ? "tcp" : "udp", frames: 1 };
  }
}

const told = (list: readonly OtIdentityRecord[], member: keyof OtIdentityRecord["hardware"]) =>
  new Set(list.flatMap(({ ipAddress, hardware }) => (hardware[member] ? [`${ipAddress} ${hardware[member]}`] : [])));

describe.skipIf(!canRun)(
  `real captures, with tshark as the oracle${canRun ? "" : " (skipped: tshark or the sample folder is missing)"}`,
  () => {
    it.each(FILES)("%s has as many frames, between the same addresses", async (name) => {
      const events = await parse(name);
      expect(endOf(events).summary.frames).toBe(tshark(path(name), "-T", "fields", "-e", "frame.number").length);
      expect(tally(ourConversations(events))).toEqual(tally(theirConversations(name)));
    });

    it("BACnet: device instances and vendors of I-Am, names of device objects", async () => {
      const name = "bacnet/bacnet_example.pcap";
      const list = await identities(name, "bacnet");
      const fields = ["ip.src", "bacapp.instance_number", "bacapp.vendor_identifier"];
      const iAm = tsharkFields(path(name), "bacapp.unconfirmed_service == 0", ...fields);
      expect(told(list, "moduleName")).toEqual(new Set(iAm.map(([ip, number]) => `${ip} BACnet device ${number}`)));
      // Who is behind a number is tshark's table to say, too: no placeholder stands for a manufacturer.
      const byNumber = list.filter(({ hardware: { moduleName, manufacturer } }) => moduleName && manufacturer);
      const vendors = new Set(iAm.map(([ip, , vendor]) => `${ip} ${BACNET_VENDORS[Number(vendor)]}`));
      expect(vendors.size).toBeGreaterThan(0);
      expect(told(byNumber, "manufacturer")).toEqual(vendors);
      expect(told(list, "vendorId")).toEqual(new Set());
      const isName = "bacapp.type == 3 && bacapp.objectType == 8 && bacapp.property_identifier == 77";
      const names = tsharkFields(path(name), isName, "ip.src", "bacapp.object_name");
      expect(names.length).toBeGreaterThan(0);
      expect(told(list, "deviceName")).toEqual(new Set(names.map(([ip, text]) => `${ip} ${text}`)));
    });

    it.each(["fins/omron_test.pcap", "fins/omron_fins_tcp_commands_responses.pcap"])(
      "FINS: model and version of Controller Data Read in %s",
      async (name) => {
        const list = await identities(name, "fins");
        const fields = ["ip.src", "omron.controller.model", "omron.controller.version"];
        const rows = tsharkFields(path(name), "omron.controller.model", ...fields);
        expect(rows.length).toBeGreaterThan(0);
        expect(told(list, "model")).toEqual(new Set(rows.map(([ip, model]) => `${ip} ${model}`)));
        expect(told(list, "firmwareVersion")).toEqual(new Set(rows.map(([ip, , version]) => `${ip} ${version}`)));
      },
    );

    it("Modbus: objects of Read Device Identification", async () => {
      const name = "modbus/modbus_example.pcap";
      const [identity, ...others] = (await identities(name, "modbus")).filter(({ hardware }) => hardware.manufacturer);
      const rows = tsharkFields(path(name), "modbus.object_str_value", "modbus.object_str_value");
      expect(others).toEqual([]);
      const { manufacturer, orderNumber, firmwareVersion } = identity!.hardware;
      expect([[manufacturer, orderNumber, firmwareVersion]]).toEqual(rows);
    });

    it("PROFINET DCP: names, ids and address of the station, from its MAC", async () => {
      const name = "profinet/profinet_io_cm_mixed_1.pcap";
      const list = await identities(name, "profinet-dcp");
      const prefix = "pn_dcp.suboption_";
      const fields = ["device_nameofstation", "device_devicevendorvalue", "vendor_id", "device_id", "ip_ip"];
      const filter = "pn_dcp.service_type == 1";
      const rows = tsharkFields(path(name), filter, "eth.src", ...fields.map((field) => prefix + field));
      const all = Object.assign({}, ...list.map(({ hardware }) => hardware));
      const [vendorId, deviceId] = all.deviceId.split("/");
      const ours = [list[0]?.macAddress, all.deviceName, all.productName, vendorId, deviceId, list[0]?.ipAddress];
      expect([ours]).toEqual(rows);
    });

    it("LLDP: descriptions, and the MACs of the stations behind the ports", async () => {
      const name = "profinet/profinet_io_cm_mixed_1.pcap";
      const list = await identities(name, "lldp");
      const macs = tsharkFields(path(name), "lldp", "lldp.profinet.cm_mac_add").flat();
      expect(new Set(list.map(({ macAddress }) => macAddress))).toEqual(new Set(macs));
      const descriptions = tsharkFields(path(name), "lldp.tlv.system.desc", "lldp.tlv.system.desc").flat();
      expect(new Set(list.flatMap(({ hardware }) => hardware.productName ?? []))).toEqual(new Set(descriptions));
    });

    it("S7comm: order number of SZL 0x0011", async () => {
      const list = await identities("s7comm/snap7.pcap", "s7comm");
      const rows = tsharkFields(
        path("s7comm/snap7.pcap"),
        "s7comm.szl.xy11.0001.anz",
        "ip.src",
        "s7comm.szl.xy11.0001.anz",
      );
      expect(rows.length).toBeGreaterThan(0);
      expect(told(list, "orderNumber")).toEqual(new Set(rows.map(([ip, text]) => `${ip} ${text!.trim()}`)));
    });

    it("EtherNet/IP: serial number and product of ListIdentity", async () => {
      const name = "enip/enip_cip_example.pcap";
      const list = await identities(name, "enip");
      const rows = tsharkFields(path(name), "enip.lir.serial", "ip.src", "enip.lir.serial", "enip.lir.name");
      expect(told(list, "serialNumber")).toEqual(new Set(rows.map(([ip, serial]) => `${ip} ${serial}`)));
      expect(told(list, "productName")).toEqual(new Set(rows.map(([ip, , product]) => `${ip} ${product}`)));
    });
  },
);
