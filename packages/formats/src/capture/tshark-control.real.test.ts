import { createReadStream, existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { eventsOf, identitiesOf } from "./testing/capture-bytes.ts";
import { hasTshark, tshark, tsharkFields } from "./testing/tshark.fixture.ts";

const FOLDER = resolve(import.meta.dirname, "../../../../../shared/data/ot/captures");
const canRun = hasTshark && existsSync(FOLDER);
const path = (name: string) => resolve(FOLDER, name);
const parse = (name: string) => eventsOf(createReadStream(path(name)));

async function conversationsOf(name: string) {
  const events = await parse(name);
  return events.flatMap((one) =>
    one.type === "conversation" && one.conversation.protocol !== null && one.conversation.transport !== "ethernet"
      ? [one.conversation]
      : [],
  );
}

async function actsOf(name: string) {
  return (await parse(name)).flatMap((one) => (one.type === "event" ? [one.event] : []));
}

describe.skipIf(!canRun)(
  `captures of plants${canRun ? "" : " (skipped: tshark or the sample folder is absent)"}`,
  () => {
    // `tshark -r FILE -Y "PORT" | wc -l`: all frames of the conversations, acknowledgements included.
    it.each<[string, string, string]>([
      ["dnp3/dnp3_example.pcap", "dnp3", "tcp.port == 20000"],
      ["hart-ip/hart-ip.pcap", "hart-ip", "(tcp.port == 5094 || udp.port in {5094, 5095}) && !icmp"],
      ["opcua/opcua_with-gap.pcap", "opcua", "tcp.port == 4840"],
      ["opcua/open62541_client-server_mainloop.pcap", "opcua", "tcp.port == 4840"],
      ["opcua/open62541_client-server_mainloop-not-localhost-non-standard-port.pcap", "opcua", "tcp.port == 48010"],
      ["s7comm/snap7.pcap", "s7comm", "tcp.port == 102"],
      ["fins/omron_fins_tcp_commands_responses.pcap", "fins", "tcp.port == 9600"],
      ["modbus/modbus_example.pcap", "modbus", "tcp.port == 502"],
    ])("%s: %s in as many frames as %s", async (name, protocol, filter) => {
      const conversations = await conversationsOf(name);
      expect(new Set(conversations.map((one) => one.protocol))).toEqual(new Set([protocol]));
      const frames = conversations.reduce((sum, one) => sum + one.frames, 0);
      expect(frames).toBe(tshark(path(name), "-Y", filter).length);
    });

    it("OPC UA servers tell the application that tshark reads, on whatever port", async () => {
      for (const name of [
        "opcua/open62541_client-server_mainloop.pcap",
        "opcua/open62541_client-server_mainloop-not-localhost-non-standard-port.pcap",
      ]) {
        const port = ["-d", "tcp.port==48010,opcua"];
        const field = "opcua.ApplicationUri";
        const told = tshark(path(name), ...port, "-Y", field, "-T", "fields", "-E", "aggregator=|", "-e", field);
        const ours = identitiesOf(await parse(name)).map(({ hardware }) => hardware.moduleName ?? "");
        expect(ours.length).toBeGreaterThan(0);
        expect(told.flatMap((line) => line.split("|"))).toEqual(expect.arrayContaining(ours));
      }
    });

    // tshark takes the last segment for a repetition and leaves the answer apart; `tshark -r FILE -x` shows its text.
    it("an OPC UA server whose answer came in parts is read none the less", async () => {
      const told = identitiesOf(await parse("opcua/opcua_with-gap.pcap")).map(({ hardware }) => hardware.productName);
      expect(told).toEqual(["Softing OPC UA Gateway"]);
    });

    it("the DNP3 outstation is the one that sends responses", async () => {
      const sources = tsharkFields(path("dnp3/dnp3_example.pcap"), "dnp3.al.func in {129, 130}", "ip.src", "dnp3.src");
      const theirs = new Set(sources.map(([ip, address]) => `${ip} DNP3 address ${address}`));
      const ours = identitiesOf(await parse("dnp3/dnp3_example.pcap"));
      expect(new Set(ours.map(({ ipAddress, hardware }) => `${ipAddress} ${hardware.moduleName}`))).toEqual(theirs);
    });

    it("the HART gateway tells what tshark reads of command 0 and its tag", async () => {
      const hardware = Object.assign(
        {},
        ...identitiesOf(await parse("hart-ip/hart-ip.pcap")).map((one) => one.hardware),
      );
      const value = (field: string) =>
        tsharkFields(path("hart-ip/hart-ip.pcap"), field, `hart_ip.pt.rsp.${field.slice(15)}`)[0];
      expect(value("hart_ip.pt.rsp.manufacturer_Id")).toEqual(["38"]);
      expect(hardware).toMatchObject({
        manufacturer: "Rosemount",
        deviceId: "0x264e revision 4",
        serialNumber: `264e${value("hart_ip.pt.rsp.device_id")}`,
        firmwareVersion: value("hart_ip.pt.rsp.software_rev")?.[0],
        deviceName: "wihartgw",
      });
    });

    // Counted by the filters below, each message one line; only requests are acts.
    it.each<[string, string, string, string]>([
      ["s7comm/snap7.pcap", "PROGRAM_UPLOAD", "s7comm.param.func in {0x1d, 0x1e, 0x1f}", "s7comm.header.rosctr == 1"],
      ["s7comm/snap7.pcap", "STOP", "s7comm.param.func == 0x29", "s7comm.header.rosctr == 1"],
      [
        "s7comm/snap7.pcap",
        "START",
        "s7comm.param.func == 0x28 && s7comm.param.pistart.servicename contains P_PROGRAM",
        "s7comm.header.rosctr == 1",
      ],
      ["fins/omron_fins_tcp_commands_responses.pcap", "START", "omron.command == 0x0401", "omron.icf == 0x80"],
      ["fins/omron_fins_tcp_commands_responses.pcap", "STOP", "omron.command == 0x0402", "omron.icf == 0x80"],
    ])("%s: as many messages of %s as %s", async (name, kind, operation, request) => {
      const acts = (await actsOf(name)).filter((act) => act.kind === kind);
      expect(acts).toHaveLength(1);
      const both = `(${operation}) && ${request}`;
      expect(acts[0]?.messages).toBe(tshark(path(name), "-Y", both).length);
    });

    it("captures in which nothing is done to a controller show no acts", async () => {
      for (const name of ["enip/enip_cip_example.pcap", "modbus/modbus_example.pcap", "dnp3/dnp3_example.pcap"])
        expect([name, await actsOf(name)]).toEqual([name, []]);
    });
  },
);
