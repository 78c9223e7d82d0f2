import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AddressStatements, groupDevices } from "./group-devices.ts";
import type { Statement } from "./statement.ts";

function said(field: string, value: string): Statement {
  const seen = { firstSeenMs: 1, lastSeenMs: 1, frame: null };
  return { field, value, protocol: "enip", source: "Passive Sensor", confidence: 95, ...seen };
}

function node(address: string, macAddresses: string[], serialNumber?: string): AddressStatements {
  const statements = [said("manufacturer", "Rockwell Automation")];
  if (serialNumber !== undefined) statements.push(said("serialNumber", serialNumber));
  return { address, macAddresses, statements };
}

const m = (last: number) => `00:1d:9c:00:00:0${last}`;
const addressesOf = (nodes: AddressStatements[]) => groupDevices(nodes).map(({ addresses }) => addresses);

describe("groupDevices", () => {
  it("joins addresses that tell one serial number of one manufacturer", () => {
    expect(addressesOf([node("10.0.0.1", [], "0x1234"), node("10.0.0.2", [], "0X1234")])).toEqual([
      ["10.0.0.1", "10.0.0.2"],
    ]);
  });

  it("says whose block a device's MAC is of, and not that of a router's", () => {
    const told = (address: string, mac: string) => ({
      address,
      macAddresses: [mac],
      statements: [said("macAddress", mac)],
    });
    const makers = (nodes: AddressStatements[]) =>
      groupDevices(nodes).map(({ statements }) => statements.filter(({ field }) => field === "manufacturer"));
    const maker = {
      value: "Rockwell Automation",
      protocol: "oui",
      confidence: 20,
      firstSeenMs: 1,
      source: "Passive Sensor",
    };
    expect(makers([told("10.0.0.1", m(1))])).toMatchObject([[maker]]);
    expect(makers([told("10.0.0.1", "fc:ff:ff:00:00:01")])).toEqual([[]]);
    const behind = [1, 2, 3, 4, 5, 6].map((last) => told(`10.0.0.${last}`, m(1)));
    expect(makers(behind)).toEqual(behind.map(() => []));
    // A number counts with the maker's word alone.
    const numbered = {
      ...told("10.0.0.1", m(1)),
      statements: [said("macAddress", m(1)), said("serialNumber", "0x1234")],
    };
    expect(groupDevices([numbered])[0]!.serialKeys).toEqual([]);
  });

  it("keeps serial numbers that were never set from joining strangers", () => {
    expect(addressesOf([node("10.0.0.1", [], "0x00000000"), node("10.0.0.2", [], "0x00000000")])).toHaveLength(2);
  });

  it("joins an address to the MAC that spoke for it, so that what DCP told is the PLC's", () => {
    expect(addressesOf([node("10.0.0.1", [m(1)]), node(m(1), [m(1)])])).toEqual([[m(1), "10.0.0.1"]]);
  });

  it("does not join devices behind one MAC that tell different serial numbers", () => {
    expect(addressesOf([node("10.0.0.1", [m(1)], "0x1111"), node("10.0.0.2", [m(1)], "0x2222")])).toHaveLength(2);
  });

  it("does not join addresses by a MAC that is only locally administered, save its own", () => {
    const made = "12:34:12:34:12:33";
    expect(addressesOf([node("10.0.0.1", [made]), node("10.0.0.2", [made])])).toHaveLength(2);
    expect(addressesOf([node("10.0.0.1", [made]), node(made, [made])])).toHaveLength(1);
  });

  it("takes a MAC that speaks for many addresses for a router's", () => {
    const behind = [1, 2, 3, 4, 5, 6].map((last) => node(`10.0.0.${last}`, [m(1)]));
    expect(addressesOf(behind)).toHaveLength(6);
    const [router, ...hosts] = groupDevices([node(m(1), [m(1)]), ...behind]);
    expect(router).toMatchObject({ addresses: [m(1)], macAddresses: [m(1)] });
    // What is stored of them must not name it either: the next file would find them to be one.
    expect(hosts.map(({ macAddresses }) => macAddresses)).toEqual(behind.map(() => []));
    const told = behind.map((one) => ({
      ...one,
      statements: [...one.statements, said("macAddress", m(1)), said(`macAddress:${one.address}`, m(1))],
    }));
    expect(groupDevices(told).flatMap(({ statements }) => statements.map(({ field }) => field))).toEqual(
      behind.map(() => "manufacturer"),
    );
  });

  it("puts every address in exactly one device, whatever the order", () => {
    const nodes = fc.uniqueArray(
      fc.record({
        address: fc.constantFrom(...Array.from({ length: 12 }, (_, last) => `10.0.0.${last + 1}`)),
        macs: fc.subarray([m(1), m(2), m(3)], { maxLength: 2 }),
        serial: fc.option(fc.constantFrom("0x1111", "0x2222"), { nil: undefined }),
      }),
      { selector: ({ address }) => address },
    );
    fc.assert(
      fc.property(
        nodes.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const toNodes = (list: typeof all) => list.map(({ address, macs, serial }) => node(address, macs, serial));
          const groups = groupDevices(toNodes(all));
          expect(groupDevices(toNodes(shuffled))).toEqual(groups);
          expect(groups.flatMap(({ addresses }) => addresses).sort()).toEqual(all.map(({ address }) => address).sort());
          for (const group of groups) expect(group.serialKeys.length).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
