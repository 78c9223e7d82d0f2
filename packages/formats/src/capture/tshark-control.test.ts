import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeControlTour } from "@breakwater/simulator/capture/index";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CaptureEvent, HardwareIdentity, ProcessEventRecord } from "../records.ts";
import { endOf, eventsOf, identitiesOf, inChunks } from "./testing/capture-bytes.ts";
import { hasTshark, tshark, tsharkFields } from "./testing/tshark.fixture.ts";

const CHECKSUMS = ["ip", "tcp", "udp"].flatMap((protocol) => ["-o", `${protocol}.check_checksum:TRUE`]);
const LAYOUT = { format: "pcapng", timeUnit: "nanoseconds", startAt: Date.UTC(2026, 0, 5) } as const;
/** Without a negotiation tshark must be told that presentation context 3 is MMS. */
const MMS_CONTEXT = ["-o", 'uat:pres_context_list:"3","1.0.9506.2.1"'];

const events: CaptureEvent[] = [];
const bytes = writeControlTour(LAYOUT);
beforeAll(async () => {
  events.push(...(await eventsOf(inChunks(bytes))));
});

function acts(): ProcessEventRecord[] {
  return events.flatMap((one) => (one.type === "event" ? [one.event] : []));
}

describe("a capture of supervision and of what is done to controllers", () => {
  it("names every conversation's protocol, that of an OPC UA server on another port too", () => {
    const conversations = events.flatMap((one) => (one.type === "conversation" ? [one.conversation] : []));
    expect(conversations.map(({ server, protocol }) => `${protocol} ${server.port}`)).toEqual([
      ...["opcua 4840", "opcua 48010", "dnp3 20000", "iec104 2404", "hart-ip 5094", "mms 102", "goose null"],
      ...["melsec 5007", "c37.118 4712", "ads 48898", "s7comm 102", "enip 44818", "modbus 502", "fins 9600"],
    ]);
  });

  it("shows each act once, however many messages it has, with its ends and span", () => {
    expect(acts().map(({ serverIp, kind, messages }) => [serverIp.split(".")[3], kind, messages])).toEqual([
      ["20", "RESET", 1],
      ["25", "RESET", 1],
      ["50", "STOP", 1],
      ["50", "START", 1],
      ["70", "MODE_CHANGE", 1],
      ["70", "START", 1],
      ["80", "STOP", 1],
      ["80", "PROGRAM_DOWNLOAD", 1000],
      ["80", "START", 1],
      ["80", "PROGRAM_UPLOAD", 3],
      ["81", "STOP", 1],
      ["81", "RESET", 1],
      ["81", "MODE_CHANGE", 1],
      ["81", "FIRMWARE_DOWNLOAD", 1],
      ["82", "STOP", 1],
      ["82", "PROGRAM_DOWNLOAD", 4],
      ["82", "START", 1],
      ["82", "RESET", 1],
      ["83", "STOP", 1],
      ["83", "PROGRAM_DOWNLOAD", 2],
      ["83", "START", 1],
    ]);
    const start = LAYOUT.startAt;
    expect(acts()[7]).toEqual({
      ...{ kind: "PROGRAM_DOWNLOAD", protocol: "s7comm", clientIp: "192.168.31.200", serverIp: "192.168.31.80" },
      ...{ detail: "OB 1", messages: 1000, startedAt: start + 108, endedAt: start + 1107, frame: 108 },
    });
    expect(acts().every(({ clientIp }) => clientIp === "192.168.31.200")).toBe(true);
  });
});

describe.skipIf(!hasTshark)(
  `the same capture, with tshark as the oracle${hasTshark ? "" : " (skipped: tshark is not installed)"}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), "breakwater-control-"));
    const file = join(folder, "tour.pcapng");
    beforeAll(() => writeFileSync(file, bytes));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const ours = (protocol: string, member: keyof HardwareIdentity) =>
      new Set(
        identitiesOf(events)
          .filter(({ evidence }) => evidence.protocol === protocol)
          .flatMap(({ hardware }) => hardware[member] ?? []),
      );

    it("has neither malformed packets nor wrong checksums, and is read whole", () => {
      const wrong = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0";
      expect(tshark(file, ...CHECKSUMS, "-Y", wrong)).toEqual([]);
      expect(endOf(events).summary).toMatchObject({ frames: tshark(file).length, skipped: {} });
    });

    it.each<[string, keyof HardwareIdentity, string]>([
      ["opcua", "firmwareVersion", "opcua.SoftwareVersion"],
      ["opcua", "manufacturer", "opcua.ManufacturerName"],
      ["goose", "moduleName", "goose.gocbRef"],
      ["goose", "deviceName", "goose.goID"],
      ["hart-ip", "deviceName", "hart_ip.pt.rsp.tag"],
      ["ads", "productName", "ams.ads_devicename"],
    ])("gives what tshark reads: %s %s is %s", (protocol, member, field) => {
      const theirs = new Set(tsharkFields(file, field, field).flat());
      expect(theirs.size).toBeGreaterThan(0);
      expect(ours(protocol, member)).toEqual(theirs);
    });

    it("gives the OPC UA applications on both ports, one of them told in chunks", () => {
      const args = ["-d", "tcp.port==48010,opcua", "-Y", "opcua.ApplicationUri", "-T", "fields"];
      const theirs = tshark(file, ...args, "-e", "opcua.ApplicationUri");
      expect(theirs).toHaveLength(3);
      expect(ours("opcua", "moduleName")).toEqual(new Set(theirs));
    });

    it("gives the DNP3 attributes, HART device ids, MMS names and synchrophasor streams that tshark reads", () => {
      const [attributes] = tsharkFields(file, "dnp3.al.da.value", "dnp3.al.da.value");
      const told = identitiesOf(events).find(({ hardware }) => hardware.model === "RTU 560")?.hardware;
      expect(new Set(Object.values(told ?? {}))).toEqual(new Set(attributes?.map((text) => text.trim())));
      const [id] = tsharkFields(file, "hart_ip.pt.rsp.device_id", "hart_ip.pt.rsp.device_id").flat();
      expect([...ours("hart-ip", "serialNumber")]).toEqual([expect.stringMatching(new RegExp(`${id}$`))]);
      const names = ["mms.vendorName", "mms.modelName", "mms.revision"].flatMap((field) => ["-e", field]);
      const mms = tshark(file, ...MMS_CONTEXT, "-Y", "mms.vendorName", "-T", "fields", ...names);
      const identify = (["manufacturer", "model", "firmwareVersion"] as const).map((member) => [
        ...ours("mms", member),
      ]);
      expect(mms).toEqual([identify.flat().join("\t")]);
      const streams = tsharkFields(file, "synphasor", "synphasor.idcode_stream_source").flat();
      expect([...ours("c37.118", "moduleName")]).toEqual(
        [...new Set(streams)].map((id) => `Synchrophasor stream ${id}`),
      );
    });

    it.each<[string, string, string, number]>([
      ["s7comm", "PROGRAM_DOWNLOAD", "s7comm.param.func in {0x1a, 0x1b, 0x1c} && s7comm.header.rosctr == 1", 1000],
      ["s7comm", "PROGRAM_UPLOAD", "s7comm.param.func in {0x1d, 0x1e, 0x1f} && s7comm.header.rosctr == 1", 3],
      ["s7comm", "STOP", "s7comm.param.func == 0x29 && s7comm.header.rosctr == 1", 1],
      ["cip", "STOP", "cip.service == 0x07", 1],
      ["cip", "RESET", "cip.service == 0x05", 1],
      ["cip", "MODE_CHANGE", "cip.pccc.fnc.code_0f == 0x80", 1],
      ["dnp3", "RESET", "dnp3.al.func == 13", 1],
      ["iec104", "RESET", "iec60870_asdu.typeid == 105", 1],
      ["modbus", "RESET", "modbus.diagnostic.restart_communication_option || modbus.diagnostic_code == 1", 1],
      ["ads", "START", "ams.ads_state == 5 && ams.state_response == 0", 1],
      ["fins", "START", "omron.command == 0x0401 && omron.icf == 0x80", 1],
      ["fins", "PROGRAM_DOWNLOAD", "omron.command == 0x0307 && omron.icf == 0x80", 2],
    ])("shows as many messages of %s %s as tshark", (protocol, kind, filter, expected) => {
      const mine = acts().filter((act) => act.protocol === protocol && act.kind === kind);
      expect(mine.reduce((sum, { messages }) => sum + messages, 0)).toBe(expected);
      expect(tshark(file, "-Y", filter).length).toBeGreaterThanOrEqual(expected);
    });
  },
);
