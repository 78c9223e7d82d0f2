import { type LldpNeighbour, lldp } from "@breakwater/simulator/capture/layer2-messages";
import { describe, expect, it } from "vitest";
import { concat } from "../../testing/capture-bytes.ts";
import { readEthernet } from "../../testing/read-dialogue.ts";
import { lldpDissector } from "./lldp-dissector.ts";
import { readDescription } from "./system-description.ts";

const SWITCH: LldpNeighbour = {
  chassisMac: Uint8Array.of(0, 0x1b, 0x1b, 1, 2, 3),
  port: "port-001",
  systemName: "ring-switch-1",
  systemDescription: "Siemens, SIMATIC NET, SCALANCE X208, 6GK5 208-0BA10-2AA3, HW: 4, FW: V5.2.6, SVPL1234567",
  capabilities: 4,
  managementIp: Uint8Array.of(10, 0, 0, 9),
};
const read = (fields: Partial<LldpNeighbour> = {}) => readEthernet(lldpDissector, lldp({ ...SWITCH, ...fields }));

describe("LLDP", () => {
  it("tells of the device behind all its ports: name, description, chassis MAC and management address", () => {
    const about = { ipAddress: "10.0.0.9", macAddress: "00:1b:1b:01:02:03" };
    expect(read()).toEqual([
      {
        hardware: {
          deviceName: "ring-switch-1",
          productName: "SCALANCE X208",
          manufacturer: "Siemens",
          orderNumber: "6GK5 208-0BA10-2AA3",
          type: "Industrial Ethernet Switch",
          hardwareRevision: "4",
          firmwareVersion: "V5.2.6",
          serialNumber: "SVPL1234567",
        },
        confidence: 70,
        ...about,
      },
      { hardware: { type: "Ethernet Switch" }, confidence: 40, ...about },
    ]);
  });

  it("says nothing of a device that names itself by its MAC alone", () => {
    expect(read({ systemName: "", systemDescription: "" })).toEqual([]);
  });

  it("gives no address that is unset", () => {
    const [first] = read({ managementIp: new Uint8Array(4), chassisMac: new Uint8Array(6) });
    expect(first).not.toHaveProperty("ipAddress");
    expect(first).not.toHaveProperty("macAddress");
  });

  it("takes a PROFINET station's name and MAC from its chassis id and organisation's TLV", () => {
    const chassis = [...Buffer.from("\x07pump-drive-2")];
    const profinet = [0xfe, 10, 0x00, 0x0e, 0xcf, 5, 0, 0x0e, 0x8c, 1, 2, 9];
    const frame = concat([2, chassis.length, ...chassis], profinet, [0, 0]);
    expect(readEthernet(lldpDissector, frame)).toEqual([
      { hardware: { deviceName: "pump-drive-2" }, confidence: 70, macAddress: "00:0e:8c:01:02:09" },
    ]);
    expect(readEthernet(lldpDissector, concat([2, chassis.length, ...chassis], [0, 0]))).toEqual([]);
  });

  it("keeps what stands before a TLV whose length lies", () => {
    const whole = lldp({ ...SWITCH, systemDescription: "" });
    for (let length = 0; length < whole.length; length++) {
      const names = readEthernet(lldpDissector, whole.subarray(0, length)).map(({ hardware }) => hardware.deviceName);
      expect(["ring-switch-1", undefined]).toContain(names[0]);
    }
  });
});

describe("system descriptions", () => {
  it.each([
    [
      "Siemens, SIMATIC S7, CPU 1516-3 PN/DP, 6ES7 516-3AN01-0AB0, HW: 5, FW: V2.8.3, S C-J9XX12345678",
      { orderNumber: "6ES7 516-3AN01-0AB0", firmwareVersion: "V2.8.3", serialNumber: "S C-J9XX12345678" },
    ],
    ["Hirschmann MACH SW: 9.0.02 CH: 1.10", { manufacturer: "Hirschmann", firmwareVersion: "9.0.02" }],
    ["Cisco IOS Software, IE2000, Version 15.2.4", { manufacturer: "Cisco", firmwareVersion: "15.2.4" }],
    ["Siemens AG SIMATIC S7 MULTIPORT SCALANCE X 200 FAM", { manufacturer: "Siemens" }],
  ])("are read in their manufacturers' forms: %s", (text, expected) => {
    expect(readDescription(text)).toMatchObject(expected);
  });

  it("take no operating system's version for a firmware", () => {
    expect(readDescription("Linux plc 5.4.0 #1 SMP Version 5.4.0")).toEqual({
      productName: "Linux plc 5.4.0 #1 SMP Version 5.4.0",
    });
  });
});
