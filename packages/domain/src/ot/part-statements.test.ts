import fc from "fast-check";
import { expect, test } from "vitest";
import { partStatements } from "./part-statements.ts";
import type { Statement } from "./statement.ts";

const statement = (field: string, value: string, protocol: string): Statement => ({
  field,
  value,
  protocol,
  source: "Passive Sensor",
  confidence: 90,
  firstSeenMs: 1,
  lastSeenMs: 1,
  frame: null,
});

test("what a protocol told goes with its addresses, and stays where it told of others too", () => {
  const theirs = [
    statement("ipAddress", "10.0.0.2", "s7comm"),
    statement("interface:10.0.0.2", "s7comm/tcp/102", "s7comm"),
    statement("macAddress:10.0.0.2", "00:1b:1b:00:00:02", "arp"),
    statement("firmwareVersion", "V3.2.7", "s7comm"),
    statement("hardwareRevision", "2", "s7comm"),
  ];
  const ours = [
    statement("ipAddress", "10.0.0.1", "enip"),
    statement("ipAddress", "10.0.0.1", "arp"),
    statement("catalogNumber", "1756-L83E", "enip"),
    statement("deviceName", "told without an address", "lldp"),
  ];
  const [byBoth, shared] = [statement("ipAddress", "10.0.0.2", "enip"), statement("serialNumber", "1", "enip")];
  const bridge = statement("macAddress", "00:1b:1b:00:00:09", "s7comm");
  const all = [...ours, ...theirs, byBoth, shared, bridge];
  const { taken, kept } = partStatements(all, new Set(["10.0.0.2"]));
  expect(new Set(taken)).toEqual(new Set([...theirs, byBoth]));
  expect(new Set(kept)).toEqual(new Set([...ours, shared, bridge]));
});

test("whatever is told, everything is on one side, and the order does not matter", () => {
  const address = fc.constantFrom("10.0.0.1", "10.0.0.2", "10.0.0.3");
  const one = fc
    .tuple(fc.constantFrom("ipAddress", "interface:", "macAddress:", "orderNumber"), address, fc.constantFrom("a", "b"))
    .map(([field, value, protocol]) =>
      field.endsWith(":") ? statement(field + value, "x", protocol) : statement(field, value, protocol),
    );
  fc.assert(
    fc.property(fc.array(one), fc.uniqueArray(address), (statements, taking) => {
      const part: string[] = taking;
      const { taken, kept } = partStatements(statements, new Set(part));
      expect(taken.length + kept.length).toBe(statements.length);
      expect(taken.some(({ field, value }) => field === "ipAddress" && !part.includes(value))).toBe(false);
      expect(kept.some(({ field, value }) => field === "ipAddress" && part.includes(value))).toBe(false);
      expect(new Set(partStatements(statements.toReversed(), new Set(part)).taken)).toEqual(new Set(taken));
    }),
  );
});
