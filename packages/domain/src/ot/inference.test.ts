import { describe, expect, it } from "vitest";
import { isDeviceIp, isDeviceMac } from "./addresses.ts";
import { serialKey } from "./device-keys.ts";
import { kindOfType } from "./device-kinds.ts";
import { cleanValue } from "./fields.ts";
import { findProductFamily, productFamilies } from "./product-families.ts";
import { inferRole } from "./purdue.ts";
import { vendorKey, vendorName } from "./vendor.ts";

describe("inferRole", () => {
  const facts = { type: null, isOtServer: false, otServersCalled: 0, callsIo: false };

  it("puts servers of industrial protocols on level 1", () => {
    expect(inferRole({ ...facts, isOtServer: true })).toMatchObject({ role: "server", purdueLevel: 1 });
  });

  it("puts clients of several controllers on level 2, though they serve something too", () => {
    expect(inferRole({ ...facts, otServersCalled: 2, isOtServer: true })).toMatchObject({ purdueLevel: 2 });
  });

  it("keeps on level 1 who exchanges inputs and outputs with however many devices", () => {
    expect(inferRole({ ...facts, callsIo: true })).toMatchObject({ purdueLevel: 1 });
    expect(inferRole({ ...facts, callsIo: true, otServersCalled: 2 })).toMatchObject({ purdueLevel: 2 });
  });

  it("says nothing of a client of one controller", () => {
    expect(inferRole({ ...facts, otServersCalled: 1 })).toMatchObject({ role: "client", purdueLevel: null });
  });

  it("believes a type before traffic: a controller that calls others stays on level 1", () => {
    const type = "Programmable Logic Controller (PLC)";
    expect(inferRole({ ...facts, type, isOtServer: true, otServersCalled: 5 })).toMatchObject({ purdueLevel: 1 });
    expect(inferRole({ ...facts, type: "Human-Machine Interface (HMI)" })).toMatchObject({ purdueLevel: 2 });
    expect(inferRole({ ...facts, type: "Photoelectric Sensor" })).toMatchObject({ purdueLevel: 0 });
  });
});

describe("kindOfType", () => {
  it.each([
    ["Limit Switch", "field-device"],
    ["Managed Ethernet Switch", "network-device"],
    ["Mass Flow Controller", "field-device"],
    ["Communications Adapter", "communication-module"],
    ["General Purpose Discrete I/O", "io"],
    ["CIP Motion Drive", "drive"],
    ["Soft Start", "drive"],
    ["Pneumatic Valve", "field-device"],
    ["PROFINET IO controller", "controller"],
    ["PROFINET I/O device", "io"],
    ["Building Automation Controller", "controller"],
    ["Ethernet Switch", "network-device"],
    ["DNP3 outstation", "controller"],
    ["IEC 104 controlled station", "controller"],
    ["IEC 61850 IED", "controller"],
    ["Phasor measurement unit (PMU)", "controller"],
    ["HART field device", "field-device"],
    ["WirelessHART gateway", "network-device"],
  ])("reads %s as %s", (type, role) => {
    expect(kindOfType(type)?.role).toBe(role);
  });

  it("leaves open what a type does not say", () => {
    expect(kindOfType("Generic Device")).toBeNull();
  });
});

describe("findProductFamily", () => {
  it.each([
    ["1756-L85E/B", "ControlLogix 5580"],
    ["1756-L84ES", "GuardLogix 5580"],
    ["1756-L73S", "GuardLogix 5570"],
    ["1756-L61", "ControlLogix 5560"],
    ["1756-ENBT/A", "ControlLogix communication modules"],
    ["1769-L33ER", "CompactLogix 5370 L3"],
    ["1769-L30ERMS", "Compact GuardLogix 5370"],
    ["5069-L306ERS2", "Compact GuardLogix 5380"],
    ["5069-L320ER", "CompactLogix 5380"],
    ["1766-L32BXB", "MicroLogix 1400"],
    ["2080-LC50-24QWB", "Micro850"],
    ["6ES7 315-2EH14-0AB0", "S7-300"],
    ["6ES7 412-5HK06-0AB0", "S7-400H"],
    ["6ES7 414-3EM07-0AB0", "S7-400"],
    ["6ES7214-1AG40-0XB0", "S7-1200"],
    ["6ES7 214-1BD23-0XB0", "S7-200"],
    ["6ES7 211-0AA23-0XB0", "S7-200"],
    ["6ES7 212-1BE40-0XB0", "S7-1200"],
    ["6ES7 516-3AN02-0AB0", "S7-1500"],
    ["6ES7 512-1SK01-0AB0", "ET 200SP CPU"],
    ["6AG1 315-2EH14-7AB0", "S7-300"],
    ["6AV2 124-0GC01-0AX0", "SIMATIC HMI Comfort Panels"],
    ["BMX P34 2020", "Modicon M340"],
    ["TM221CE24R", "Modicon M221"],
    ["CJ2M-CPU31", "CJ2"],
  ])("knows %s as %s", (number, family) => {
    expect(findProductFamily(number)?.family).toBe(family);
  });

  it("leaves unknown numbers alone", () => {
    expect(findProductFamily("XYZ-1")).toBeNull();
    expect(findProductFamily(null)).toBeNull();
  });

  it("names a source and a type with a known kind in every row", () => {
    for (const row of productFamilies) {
      expect(row.source).not.toBe("");
      expect([row.type, kindOfType(row.type)?.role ?? (row.type === "Network Device" ? "any" : undefined)]).toEqual([
        row.type,
        expect.any(String),
      ]);
    }
  });
});

describe("keys and addresses", () => {
  it("reads the spellings of one manufacturer as one", () => {
    expect(vendorKey("Rockwell Automation/Allen-Bradley")).toBe(vendorKey("Allen-Bradley"));
    expect(vendorKey("SIEMENS AG")).toBe("siemens");
    expect(vendorKey("Acme Controls GmbH")).toBe("acme controls");
    expect(["SIEMENS AG", "OMRON Corporation", "Acme GmbH"].map(vendorName)).toEqual(["Siemens", "Omron", "Acme GmbH"]);
    expect(["Abbott", "Phoenix Controls", "Schneider Elektronik GmbH", "Hirschmann"].map(vendorName)).toEqual([
      "Abbott",
      "Phoenix Controls",
      "Schneider Elektronik GmbH",
      "Hirschmann",
    ]);
  });

  it("makes a key of a serial number with its manufacturer only", () => {
    expect(serialKey("Siemens AG", "S C-B1U393142011")).toBe("siemens:sc-b1u393142011");
    expect(serialKey(null, "S C-B1U393142011")).toBeNull();
    expect(serialKey("Siemens", "0000")).toBeNull();
    expect(serialKey("Siemens", "12")).toBeNull();
  });

  it("tells addresses of devices from those of groups", () => {
    expect(["10.0.0.1", "fe80::1", "2001:db8::1"].every(isDeviceIp)).toBe(true);
    expect(["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "ff02::1"].some(isDeviceIp)).toBe(
      false,
    );
    expect(isDeviceMac("00:1d:9c:00:00:01")).toBe(true);
    expect(["ff:ff:ff:ff:ff:ff", "01:0e:cf:00:00:00", "00:00:00:00:00:00"].some(isDeviceMac)).toBe(false);
  });

  it("keeps of a device's text only what can be stored and shown", () => {
    expect(cleanValue("  PLC\u0000\u0001 4\ud800 ")).toBe("PLC 4\ufffd");
    expect(cleanValue("\u0000 ")).toBeNull();
    expect(cleanValue("x".repeat(1000))).toHaveLength(256);
  });
});
