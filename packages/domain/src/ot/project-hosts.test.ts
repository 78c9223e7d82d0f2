import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ProjectModule, toProjectHosts, toProjectStatements } from "./project-hosts.ts";
import { resolveHost } from "./resolve-host.ts";
import type { Statement } from "./statement.ts";

function module(ref: string, parentRef: string | null, over: Partial<ProjectModule> = {}): ProjectModule {
  const none = { ipAddresses: [], macAddresses: [], isStation: false, bus: null, rack: null, slot: null, keying: null };
  return { ref, parentRef, name: ref, hardware: { deviceName: ref }, ...none, ...over };
}

/** Trees with parents before children, few buses and slots, so that places collide. */
const trees = fc
  .array(
    fc.record({
      parent: fc.nat(8),
      isStation: fc.boolean(),
      hasAddress: fc.boolean(),
      bus: fc.constantFrom("a", "b"),
      rack: fc.option(fc.nat(2), { nil: null }),
      slot: fc.option(fc.nat(3), { nil: null }),
    }),
    { maxLength: 15 },
  )
  .map((specs) =>
    specs.map(({ parent, hasAddress, ...over }, index) =>
      module(`m${index}`, index === 0 || parent === 8 ? null : `m${parent % index}`, {
        ...over,
        ipAddresses: hasAddress ? [`10.0.0.${index + 1}`] : [],
      }),
    ),
  );

describe("toProjectHosts", () => {
  it("has every module as a host or at a place of its own, by the rule of what a host is", () => {
    fc.assert(
      fc.property(trees, (modules) => {
        const hosts = toProjectHosts(modules);
        const isHost = (one: ProjectModule) => one.parentRef === null || one.isStation || one.ipAddresses.length > 0;
        expect(hosts.map((host) => host.module)).toEqual(modules.filter(isHost));
        const plugged = hosts.flatMap((host) => host.plugged.map((one) => one.module));
        const isPlugged = (one: ProjectModule) => one.parentRef !== null && !one.isStation;
        expect(new Set(plugged)).toEqual(new Set(modules.filter(isPlugged)));
        expect(plugged).toHaveLength(modules.filter(isPlugged).length);
        // The host of a plugged module is the nearest host above it.
        const byRef = new Map(modules.map((one) => [one.ref, one]));
        for (const host of hosts)
          for (const { module: one } of host.plugged) {
            let above = byRef.get(one.parentRef!)!;
            while (!isHost(above)) above = byRef.get(above.parentRef!)!;
            expect(above).toBe(host.module);
          }
      }),
    );
  });

  it("gives no place twice, keeps racks that are told, and slots that are free", () => {
    fc.assert(
      fc.property(trees, (modules) => {
        for (const { plugged } of toProjectHosts(modules)) {
          const places = plugged.map(({ place }) => `${place.rack}/${place.slot}`);
          expect(new Set(places).size).toBe(places.length);
          for (const { module: one, place } of plugged) {
            if (one.rack !== null) expect(place.rack).toBe(one.rack);
            const rivals = plugged.filter(({ module: other }) => other.slot === one.slot);
            if (one.slot !== null && rivals.length === 1) expect(place.slot).toBe(one.slot);
          }
        }
      }),
    );
  });
});

describe("what a project says", () => {
  it("tells of a module with an address where it is plugged in, and its firmware as the host that it is", () => {
    const hardware = { catalogNumber: "1756-EN2T", firmwareVersion: "5.28" };
    const [chassis, en2t] = toProjectHosts([
      module("plc", null),
      module("en2t", "plc", { slot: 1, ipAddresses: ["10.80.0.1"], keying: "exact", hardware }),
      module("io", "plc", { slot: 2, keying: "exact", hardware: { firmwareVersion: "4.1" } }),
    ]).map((one) => resolveHost(toProjectStatements(one, "l5x", 1)));
    expect(chassis!.modules).toMatchObject([
      { slot: 1, catalogNumber: "1756-EN2T", firmwareVersion: null, hostAddress: "10.80.0.1" },
      { slot: 2, firmwareVersion: "4.1", hostAddress: null },
    ]);
    expect(en2t).toMatchObject({ ipAddresses: ["10.80.0.1"], hardware: { firmwareVersion: "5.28" } });
  });

  const host = (keying: ProjectModule["keying"]) => ({
    module: module("plc", null, { keying, hardware: { catalogNumber: "1756-L83E", firmwareVersion: "33.11" } }),
    plugged: [
      {
        place: { rack: null, slot: 2 },
        module: module("io", "plc", { keying: "exact", hardware: { firmwareVersion: "4.1" } }),
      },
    ],
  });
  const seen = (field: string, value: string): Statement => {
    const times = { firstSeenMs: 5, lastSeenMs: 5, frame: 1 };
    return { field, value, protocol: "enip", source: "Passive Sensor", confidence: 95, ...times };
  };

  it.each([
    ["exact", true],
    ["compatible", false],
    ["disabled", false],
    [null, false],
  ] as const)("proves firmware with keying %s: %s", (keying, isProven) => {
    const resolved = resolveHost(toProjectStatements(host(keying), "l5x", 1));
    expect(resolved.firmwareIsProven).toBe(isProven);
    expect(resolved.modules).toMatchObject([{ rack: null, slot: 2, firmwareVersion: "4.1", firmwareIsProven: true }]);
    const withWire = resolveHost([...toProjectStatements(host(keying), "l5x", 1), seen("firmwareVersion", "33.12")]);
    expect(withWire).toMatchObject({ firmwareIsProven: true, hardware: { firmwareVersion: "33.12" } });
  });

  it("counts for nothing where something else was put, series and blanks aside", () => {
    const told = toProjectStatements(host("exact"), "l5x", 1);
    const other = resolveHost([...told, seen("orderNumber", "6ES7 214-1AG40-0XB0")]);
    expect(other.hardware).toMatchObject({ catalogNumber: null, firmwareVersion: null });
    const same = resolveHost([...told, seen("catalogNumber", "1756-L83E/B")]);
    expect(same.hardware).toMatchObject({ catalogNumber: "1756-L83E/B", firmwareVersion: "33.11" });
  });

  it("counts for nothing where another manufacturer's device was seen", () => {
    const told = toProjectStatements(host("exact"), "l5x", 1);
    const made = told.concat({ ...told[0]!, field: "manufacturer", value: "Rockwell Automation" });
    const other = resolveHost([...made, seen("manufacturer", "GE")]);
    expect(other.hardware).toMatchObject({ manufacturer: "GE", catalogNumber: null, firmwareVersion: null });
    expect(other.fields.get("manufacturer")?.conflicts).toMatchObject([{ value: "Rockwell Automation" }]);
    expect(resolveHost([...made, seen("manufacturer", "Allen-Bradley")]).hardware.firmwareVersion).toBe("33.11");
  });
});
