import { createReadStream, existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { endOf, eventsOf, identitiesOf, issuesOf } from "./testing/capture-bytes.ts";

const FOLDER = resolve(import.meta.dirname, "../../../../../shared/data/ot/captures");

// Frame counts as `tshark -r FILE | wc -l` (4.0.17) gives them.
const FRAMES: [string, number][] = [
  ["bacnet/bacnet_error_reject_abort.pcap", 45],
  ["bacnet/bacnet_example.pcap", 3257],
  ["dnp3/dnp3_example.pcap", 834],
  ["enip/enip_cip_example.pcap", 776],
  ["enip/multiple_service_packet_cip.pcapng", 1],
  ["fins/omron_fins_tcp_commands_responses.pcap", 22],
  ["fins/omron_test.pcap", 18],
  ["hart-ip/hart-ip.pcap", 116],
  ["modbus/modbus_example.pcap", 100],
  ["opcua/opcua_with-gap.pcap", 259],
  ["opcua/open62541_client-server_mainloop-not-localhost-non-standard-port.pcap", 152],
  ["opcua/open62541_client-server_mainloop.pcap", 154],
  ["profinet/profinet_io_cm_connect.pcapng", 328],
  ["profinet/profinet_io_cm_device.pcapng", 10],
  ["profinet/profinet_io_cm_mixed_1.pcap", 1635],
  ["s7comm/s7comm_plus.pcap", 262],
  ["s7comm/snap7.pcap", 64],
];

const hasSamples = existsSync(FOLDER);
const parse = (name: string) => eventsOf(createReadStream(resolve(FOLDER, name)));

describe.skipIf(!hasSamples)(
  `captures in ${hasSamples ? "the sample folder" : "a sample folder that is absent"}`,
  () => {
    it.each(FRAMES)("reads every frame of %s", async (name, frames) => {
      const events = await parse(name);
      expect(issuesOf(events)).toEqual([]);
      expect(endOf(events)).toMatchObject({ isComplete: true, summary: { frames } });
    });

    it("finds the S7-315 of snap7.pcap with order number, firmware and serial number", async () => {
      const identities = identitiesOf(await parse("s7comm/snap7.pcap"));
      expect(identities.map(({ ipAddress, evidence }) => [ipAddress, evidence.frame])).toEqual([
        ["134.217.61.211", 4],
        ["134.217.61.211", 8],
      ]);
      expect(Object.assign({}, ...identities.map(({ hardware }) => hardware))).toEqual({
        manufacturer: "Siemens",
        type: "Programmable Logic Controller (PLC)",
        model: "CPU 315-2 PN/DP",
        orderNumber: "6ES7 315-2EH14-0AB0",
        hardwareRevision: "3",
        firmwareVersion: "V3.2.7",
        serialNumber: "S C-B1U393142011",
        deviceName: "S7300/ET200M station_1",
        moduleName: "PLC_1",
      });
    });

    it("finds the 1756-ENBT/A of enip_cip_example.pcap, which answered through a router", async () => {
      const [identity, ...others] = identitiesOf(await parse("enip/enip_cip_example.pcap"));
      expect(others).toEqual([]);
      expect(identity).toMatchObject({
        ipAddress: "10.1.1.164",
        macAddress: null,
        hardware: {
          manufacturer: "Rockwell Automation",
          type: "Communications Adapter",
          catalogNumber: "1756-ENBT/A",
          firmwareVersion: "4.3",
          serialNumber: "0x00524d8e",
        },
        evidence: { protocol: "enip", frame: 372, seenAt: 1427823695129 },
      });
    });
  },
);
