import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeProtocolTour } from "@breakwater/simulator/capture/index";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CaptureEvent, HardwareIdentity } from "../records.ts";
import { endOf, eventsOf, identitiesOf, inChunks } from "./testing/capture-bytes.ts";
import { hasTshark, tshark, tsharkFields } from "./testing/tshark.fixture.ts";

const CHECKSUMS = ["ip", "tcp", "udp"].flatMap((protocol) => ["-o", `${protocol}.check_checksum:TRUE`]);
const LAYOUT = { format: "pcapng", timeUnit: "nanoseconds", startAt: Date.UTC(2026, 0, 5) } as const;

describe.skipIf(!hasTshark)(
  `a capture with one device per protocol, with tshark as the oracle${hasTshark ? "" : " (skipped: tshark is not installed)"}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), "breakwater-protocols-"));
    const file = join(folder, "tour.pcapng");
    let events: CaptureEvent[];

    beforeAll(async () => {
      const bytes = writeProtocolTour(LAYOUT);
      writeFileSync(file, bytes);
      events = await eventsOf(inChunks(bytes));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** Our values of a member by protocol, as a set. */
    const ours = (protocol: string, member: keyof HardwareIdentity) =>
      new Set(
        identitiesOf(events)
          .filter(({ evidence }) => evidence.protocol === protocol)
          .flatMap(({ hardware, modules }) => [hardware, ...modules.map((module) => module.hardware)])
          .flatMap((hardware) => hardware[member] ?? []),
      );
    const theirs = (field: string, filter = field) => new Set(tsharkFields(file, filter, field).flat());

    it("has neither malformed packets nor wrong checksums, and is read whole", () => {
      const wrong = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0";
      expect(tshark(file, ...CHECKSUMS, "-Y", wrong)).toEqual([]);
      expect(endOf(events).summary).toMatchObject({ frames: tshark(file).length, skipped: {} });
    });

    it.each<[string, keyof HardwareIdentity, string, string?]>([
      ["cip", "productName", "cip.id.product_name"],
      ["cip", "serialNumber", "cip.id.serial_number"],
      ["profinet-dcp", "deviceName", "pn_dcp.suboption_device_nameofstation"],
      ["profinet-dcp", "productName", "pn_dcp.suboption_device_devicevendorvalue"],
      ["lldp", "deviceName", "lldp.tlv.system.name"],
      ["modbus", "manufacturer", "modbus.object_str_value", "modbus.object_id == 0"],
      ["bacnet", "deviceName", "bacapp.object_name", "bacapp.type == 3 && bacapp.confirmed_service == 12"],
      ["fins", "model", "omron.controller.model"],
      ["fins", "firmwareVersion", "omron.controller.version"],
    ])("gives what tshark reads: %s %s is %s", (protocol, member, field, filter) => {
      const expected = theirs(field, filter);
      expect(expected.size).toBeGreaterThan(0);
      const told = ours(protocol, member);
      // One packet may hold further values of the same field, e.g. all objects of an identification.
      if (filter === undefined) expect(told).toEqual(expected);
      else expect([...told].filter((value) => !expected.has(value))).toEqual([]);
      expect(told.size).toBeGreaterThan(0);
    });

    it("gives the device instances that tshark reads from I-Am", () => {
      const instances = tsharkFields(file, "bacapp.unconfirmed_service == 0", "bacapp.instance_number").flat();
      expect(instances.length).toBeGreaterThan(0);
      expect(ours("bacnet", "moduleName")).toEqual(new Set(instances.map((number) => `BACnet device ${number}`)));
    });
  },
);
