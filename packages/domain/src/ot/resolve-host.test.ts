import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameHost } from "./host-name.ts";
import { comparableValue } from "./resolve-field.ts";
import { resolveHost } from "./resolve-host.ts";
import { mergeAll, type Statement } from "./statement.ts";
import { arbitraryStatement } from "./statements.fixture.ts";

function statement(field: string, value: string, over: Partial<Statement> = {}): Statement {
  const seen = { firstSeenMs: 1000, lastSeenMs: 1000 };
  return { field, value, protocol: "s7comm", source: "Passive Sensor", confidence: 95, frame: 1, ...seen, ...over };
}

const statements = fc.array(arbitraryStatement, { maxLength: 30 });

describe("resolveHost", () => {
  it("gives the same host for every order and repetition of the statements", () => {
    fc.assert(
      fc.property(
        statements.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
        ),
        ([all, shuffled]) => {
          expect(resolveHost(shuffled)).toEqual(resolveHost(all));
        },
      ),
    );
  });

  it("gives the same host when statements were merged in parts before", () => {
    fc.assert(
      fc.property(statements, statements, (early, late) => {
        const inParts = mergeAll([...mergeAll(late), ...mergeAll(early), ...mergeAll(late)]);
        expect(inParts).toEqual(mergeAll([...early, ...late]));
        expect(resolveHost(inParts)).toEqual(resolveHost([...early, ...late]));
      }),
    );
  });

  it("never says of a field what no statement says", () => {
    fc.assert(
      fc.property(statements, (all) => {
        for (const [field, { value, conflicts, superseded }] of resolveHost(all).fields) {
          const told = all.filter((one) => one.field === field);
          expect(told.map((one) => one.value)).toContain(value);
          const values = [value, ...conflicts.map((one) => one.value), ...superseded.map((one) => one.value)];
          const spelled = values.map((text) => comparableValue(field, text));
          for (const one of told) expect(spelled).toContain(comparableValue(field, one.value));
        }
      }),
    );
  });

  it("takes the surer word, and lists the other as a conflict", () => {
    const host = resolveHost([
      statement("firmwareVersion", "V3.2.7"),
      statement("firmwareVersion", "V3.3.0", { protocol: "lldp", confidence: 70, lastSeenMs: 9000 }),
    ]);
    expect(host.hardware.firmwareVersion).toBe("V3.2.7");
    expect(host.fields.get("firmwareVersion")?.conflicts.map(({ value }) => value)).toEqual(["V3.3.0"]);
  });

  it("takes the later of two equally sure words, and counts an update by the same protocol as no conflict", () => {
    const update = resolveHost([
      statement("firmwareVersion", "V3.2.7"),
      statement("firmwareVersion", "V3.2.8", { firstSeenMs: 2000, lastSeenMs: 2000 }),
    ]);
    expect(update.hardware.firmwareVersion).toBe("V3.2.8");
    expect(update.fields.get("firmwareVersion")).toMatchObject({ conflicts: [], superseded: [{ value: "V3.2.7" }] });
  });

  it("knows one version in two spellings", () => {
    const host = resolveHost([
      statement("firmwareVersion", "V3.2.7"),
      statement("firmwareVersion", "3.2.7", { protocol: "modbus" }),
    ]);
    expect(host.fields.get("firmwareVersion")?.conflicts).toEqual([]);
  });

  it("never puts one description together from two devices at one address", () => {
    const omron = { protocol: "fins", confidence: 90, firstSeenMs: 9000, lastSeenMs: 9000 };
    const host = resolveHost([
      statement("catalogNumber", "1756-ENBT/A", { protocol: "enip" }),
      statement("manufacturer", "Rockwell Automation", { protocol: "enip" }),
      statement("manufacturer", "Omron", omron),
      statement("orderNumber", "CP1L-EL20DR-D", omron),
      statement("firmwareVersion", "01.00", omron),
    ]);
    expect(host.hardware).toMatchObject({ family: "ControlLogix communication modules", model: "1756-ENBT" });
    expect(host.hardware).toMatchObject({ orderNumber: null, firmwareVersion: null });
    expect(host.fields.get("manufacturer")?.conflicts).toMatchObject([{ value: "Omron" }]);
  });

  it("writes manufacturers by one name, and takes spellings of it for no conflict", () => {
    const host = resolveHost([
      statement("manufacturer", "Rockwell Automation/Allen-Bradley"),
      statement("manufacturer", "Rockwell Automation", { protocol: "modbus", confidence: 85 }),
    ]);
    expect(host.hardware.manufacturer).toBe("Rockwell Automation");
    expect(host.fields.get("manufacturer")).toMatchObject({
      value: "Rockwell Automation/Allen-Bradley",
      conflicts: [],
    });
  });

  it("infers the maker from the MAC only where nobody told what the device is", () => {
    const oui = statement("manufacturer", "Hirschmann", { protocol: "oui", confidence: 20 });
    const bare = resolveHost([oui, statement("deviceName", "switch-1")]);
    expect(bare.hardware.manufacturer).toBe("Hirschmann");
    expect(bare.fields.get("manufacturer")?.best.protocol).toBe("oui");
    expect(resolveHost([oui, statement("model", "RS20")]).hardware.manufacturer).toBeNull();
    const told = resolveHost([oui, statement("manufacturer", "Siemens", { confidence: 40 })]);
    expect(told.hardware.manufacturer).toBe("Siemens");
    expect(told.fields.get("manufacturer")?.conflicts).toEqual([]);
  });

  it("lets what stands behind a bare number not speak against a project", () => {
    const planned = { protocol: "l5x", source: "Project File", confidence: 70 };
    const told = [
      statement("manufacturer", "Rockwell Automation", planned),
      statement("catalogNumber", "1756-EN2T", planned),
      statement("vendorId", "4711", { protocol: "bacnet", confidence: 65, firstSeenMs: 9000, lastSeenMs: 9000 }),
    ];
    const other = statement("manufacturer", "Acme", { protocol: "bacnet", confidence: 65, lastSeenMs: 9000 });
    for (const seen of [[], [other]])
      expect(resolveHost([...told, ...seen]).hardware).toMatchObject({
        manufacturer: "Rockwell Automation",
        catalogNumber: "1756-EN2T",
      });
    const surely = resolveHost([...told, { ...other, confidence: 85 }]);
    expect(surely.hardware).toMatchObject({ manufacturer: "Acme", catalogNumber: null });
  });

  it("completes family, type and model from the order number, below what was told", () => {
    const told = [statement("orderNumber", "6ES7 315-2EH14-0AB0"), statement("manufacturer", "SIEMENS AG")];
    expect(resolveHost(told).hardware).toMatchObject({
      manufacturer: "Siemens",
      family: "S7-300",
      model: "CPU 315-2 PN/DP",
      type: "Programmable Logic Controller (PLC)",
      category: "Controller",
    });
    expect(resolveHost([...told, statement("model", "CPU 315")]).hardware.model).toBe("CPU 315");
  });

  it("puts modules under their chassis in order of rack and slot", () => {
    const host = resolveHost([
      statement("module:/3:catalogNumber", "1756-ENBT/A"),
      statement("module:/0:catalogNumber", "1756-L85E/B"),
      statement("module:/0:serialNumber", "0x00112233"),
      statement("module:1/2:productName", "Spare"),
    ]);
    expect(host.modules).toMatchObject([
      { rack: null, slot: 0, family: "ControlLogix 5580", model: "1756-L85E", serialNumber: "0x00112233" },
      { rack: null, slot: 3, family: "ControlLogix communication modules" },
      { rack: 1, slot: 2, model: "Spare", family: null },
    ]);
    expect(host.hardware.serialNumber).toBeNull();
  });

  it("lists what is served where, and every address at least once", () => {
    const host = resolveHost([
      statement("ipAddress", "10.0.0.1"),
      statement("ipAddress", "10.0.0.2"),
      statement("macAddress", "00:1d:9c:00:00:01"),
      statement("macAddress:10.0.0.1", "00:1d:9c:00:00:01"),
      statement("interface:10.0.0.1", "enip/tcp/44818"),
    ]);
    expect(host.interfaces).toEqual([
      {
        address: "10.0.0.1",
        macAddress: "00:1d:9c:00:00:01",
        protocol: "enip",
        transport: { protocol: "tcp" },
        port: 44818,
      },
      { address: "10.0.0.2", macAddress: null, protocol: null, transport: { protocol: null }, port: null },
    ]);
  });

  it("tells for each source when it knew the host first and last", () => {
    const host = resolveHost([
      statement("model", "A", { firstSeenMs: 10, lastSeenMs: 20 }),
      statement("type", "B", { firstSeenMs: 5, lastSeenMs: 7 }),
      statement("model", "A", { source: "ICS_OCA" }),
    ]);
    expect(host.inventory).toEqual([
      { source: "ICS_OCA", firstSeenMs: 1000, lastSeenMs: 1000 },
      { source: "Passive Sensor", firstSeenMs: 5, lastSeenMs: 20 },
    ]);
  });
});

describe("nameHost", () => {
  it("prefers the name that the plant gave, then product and address", () => {
    const base = [statement("ipAddress", "10.0.0.1"), statement("catalogNumber", "1756-ENBT/A")];
    expect(nameHost(resolveHost(base))).toBe("1756-ENBT 10.0.0.1");
    expect(nameHost(resolveHost([...base, statement("productName", "1756-ENBT/A")]))).toBe("1756-ENBT/A 10.0.0.1");
    expect(nameHost(resolveHost([...base, statement("deviceName", "Mixer 4")]))).toBe("Mixer 4");
    expect(nameHost(resolveHost([statement("ipAddress", "10.0.0.1")]))).toBe("10.0.0.1");
    const numbered = [statement("ipAddress", "10.0.0.1"), statement("moduleName", "BACnet device 721")];
    expect(nameHost(resolveHost(numbered))).toBe("BACnet device 721 10.0.0.1");
  });
});
