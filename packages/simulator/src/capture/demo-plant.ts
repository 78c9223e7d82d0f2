import type { Plant, PlantDevice, RockwellDevice, SiemensDevice } from "./plant.ts";

const COMMUNICATIONS_ADAPTER = 12;
const PLC = 14;
const AC_DRIVE = 2;
const MOTION_DRIVE = 37;

// Addresses are private (RFC 1918), MACs carry the manufacturers' prefixes, all serial numbers are made up.
function rockwell(host: number, fields: Omit<RockwellDevice, "kind" | "ipAddress" | "macAddress">): RockwellDevice {
  const suffix = host.toString(16).padStart(2, "0");
  return { kind: "rockwell", ipAddress: `192.168.20.${host}`, macAddress: `00:1d:9c:a1:20:${suffix}`, ...fields };
}

type SiemensFields = Omit<
  SiemensDevice,
  "kind" | "ipAddress" | "macAddress" | "plantName" | "hardwareVersion" | "memoryCardSerial"
>;

function siemens(host: number, fields: SiemensFields): SiemensDevice {
  const suffix = host.toString(16).padStart(2, "0");
  return {
    kind: "siemens",
    ipAddress: `192.168.20.${host}`,
    macAddress: `00:1b:1b:5c:20:${suffix}`,
    plantName: "Riverside Water Works",
    hardwareVersion: 4,
    memoryCardSerial: `MMC 5EB0${suffix.toUpperCase()}17`,
    ...fields,
  };
}

const ROCKWELL_DEVICES: readonly RockwellDevice[] = [
  rockwell(10, {
    productName: "1756-L83E/B",
    deviceType: PLC,
    productCode: 166,
    majorRevision: 33,
    minorRevision: 11,
    serialNumber: 0x00b7_41c2,
  }),
  rockwell(11, {
    productName: "1756-EN2T/D",
    deviceType: COMMUNICATIONS_ADAPTER,
    productCode: 166,
    majorRevision: 10,
    minorRevision: 7,
    serialNumber: 0x00d0_18e5,
  }),
  rockwell(12, {
    productName: "1756-ENBT/A",
    deviceType: COMMUNICATIONS_ADAPTER,
    productCode: 58,
    majorRevision: 4,
    minorRevision: 3,
    serialNumber: 0x0061_77a0,
  }),
  rockwell(13, {
    productName: "1769-L33ER/A LOGIX5333ER",
    deviceType: PLC,
    productCode: 107,
    majorRevision: 30,
    minorRevision: 14,
    serialNumber: 0x60a3_9c11,
  }),
  rockwell(14, {
    productName: "1734-AENT/B Ethernet Adapter",
    deviceType: COMMUNICATIONS_ADAPTER,
    productCode: 108,
    majorRevision: 5,
    minorRevision: 17,
    serialNumber: 0x7201_5d3f,
  }),
  rockwell(15, {
    productName: "PowerFlex 525 3P 480V  2.0HP",
    deviceType: AC_DRIVE,
    productCode: 2310,
    majorRevision: 5,
    minorRevision: 1,
    serialNumber: 0xb034_0b6e,
  }),
  rockwell(16, {
    productName: "2198-D020-ERS3 Kinetix 5700",
    deviceType: MOTION_DRIVE,
    productCode: 48,
    majorRevision: 9,
    minorRevision: 1,
    serialNumber: 0x40c9_e71a,
  }),
];

const SIEMENS_DEVICES: readonly SiemensDevice[] = [
  siemens(30, {
    orderNumber: "6ES7 315-2EH14-0AB0",
    firmware: { major: 3, minor: 2, patch: 7 },
    serialNumber: "S C-X4U812053111",
    stationName: "Intake station",
    moduleName: "Intake PLC",
    cpuType: "CPU 315-2 PN/DP",
    maxPduBytes: 240,
    timeToLive: 30,
  }),
  siemens(31, {
    orderNumber: "6ES7 317-2EK14-0AB0",
    firmware: { major: 3, minor: 3, patch: 10 },
    serialNumber: "S C-X9N204417735",
    stationName: "Filter station",
    moduleName: "Filter PLC",
    cpuType: "CPU 317-2 PN/DP",
    maxPduBytes: 240,
    timeToLive: 30,
  }),
  siemens(32, {
    orderNumber: "6ES7 412-2EK06-0AB0",
    firmware: { major: 6, minor: 0, patch: 3 },
    serialNumber: "S V-H1P609921804",
    stationName: "Pump house",
    moduleName: "Pump PLC",
    cpuType: "CPU 412-2 PN",
    maxPduBytes: 480,
  }),
  siemens(33, {
    orderNumber: "6ES7 214-1AG40-0XB0",
    firmware: { major: 4, minor: 2, patch: 1 },
    serialNumber: "S V-Z6T410028852",
    stationName: "Dosing skid",
    moduleName: "Dosing PLC",
    cpuType: "CPU 1214C DC/DC/DC",
    maxPduBytes: 240,
  }),
  siemens(34, {
    orderNumber: "6ES7 516-3AN01-0AB0",
    firmware: { major: 2, minor: 6, patch: 1 },
    serialNumber: "S V-L3K771560923",
    stationName: "Control room",
    moduleName: "Master PLC",
    cpuType: "CPU 1516-3 PN/DP",
    maxPduBytes: 960,
  }),
];

/** A small water works with twelve OT devices, for the demo and for tests. */
export function demoPlant(): Plant {
  const devices: PlantDevice[] = [...ROCKWELL_DEVICES, ...SIEMENS_DEVICES];
  return {
    name: "Riverside Water Works",
    engineeringStation: { ipAddress: "192.168.20.200", macAddress: "00:50:56:ae:20:c8", timeToLive: 128 },
    devices,
  };
}
