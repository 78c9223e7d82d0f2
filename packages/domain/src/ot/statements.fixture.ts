import fc from "fast-check";
import type { Statement } from "./statement.ts";

const field = fc.constantFrom(
  "manufacturer",
  "serialNumber",
  "firmwareVersion",
  "orderNumber",
  "deviceName",
  "ipAddress",
  "macAddress",
  "macAddress:10.0.0.1",
  "interface:10.0.0.1",
  "module:/1:serialNumber",
  "module:0/2:model",
);

const valuesByField: Readonly<Record<string, readonly string[]>> = {
  ipAddress: ["10.0.0.1", "10.0.0.2"],
  macAddress: ["00:1d:9c:00:00:01", "00:1d:9c:00:00:02"],
  "macAddress:10.0.0.1": ["00:1d:9c:00:00:01", "00:1d:9c:00:00:02"],
  "interface:10.0.0.1": ["enip/tcp/44818", "s7comm/tcp/102", "goose/ethernet/"],
  firmwareVersion: ["V3.2.7", "3.2.7", "3.2.8"],
  manufacturer: ["Siemens", "Siemens AG", "Rockwell Automation"],
};

/** Statements as a few protocols and sources make them about one device, with many ties. */
export const arbitraryStatement: fc.Arbitrary<Statement> = field.chain((name) =>
  fc
    .record({
      field: fc.constant(name),
      value: fc.constantFrom(...(valuesByField[name] ?? ["alpha", "beta", "gamma delta"])),
      protocol: fc.constantFrom("enip", "s7comm", "lldp"),
      source: fc.constantFrom("Passive Sensor", "ICS_OCA"),
      confidence: fc.constantFrom(40, 70, 95),
      frame: fc.option(fc.integer({ min: 1, max: 9 }), { nil: null }),
      firstSeenMs: fc.integer({ min: 0, max: 20 }),
      seenForMs: fc.integer({ min: 0, max: 10 }),
    })
    .map(({ seenForMs, ...statement }) => ({ ...statement, lastSeenMs: statement.firstSeenMs + seenForMs })),
);
