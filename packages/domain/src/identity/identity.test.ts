import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AssetDirectory,
  findingFingerprint,
  type Identifier,
  observationDigest,
  toIdentifiers,
  toIdentifyingIp,
  toIdentifyingMac,
  toIdentifyingName,
  toIssues,
} from "./index.ts";

const origin = { network: "default", product: "Nessus", connection: "1" };
const nothing = { name: "x", ipAddresses: [], macAddresses: [], hostNames: [], identifiers: [] };
const mac = (value: string): Identifier => ({ kind: "mac", value, network: "" });
const ip = (value: string): Identifier => ({ kind: "ip", value, network: "default" });
const fqdn = (value: string): Identifier => ({ kind: "fqdn", value, network: "default" });

describe("what is an identifier", () => {
  test.each([
    "00:00:00:00:00:00",
    "ff:ff:ff:ff:ff:ff",
    "01:00:5e:00:00:01",
    "02:42:ac:11:00:02",
    "00:00:5e:00:01:0a",
    "00:00:0c:07:ac:01",
    "00:1b:1b",
  ])("the MAC %s is none", (value) => expect(toIdentifyingMac(value)).toBeNull());

  test.each(["localhost", "localhost.localdomain", "plc1", "10.0.0.1", "1.0.0.10.in-addr.arpa", "a b.example", ""])(
    "the name %s is none",
    (value) => expect(toIdentifyingName(value)).toBeNull(),
  );

  test.each(["127.0.0.1", "0.0.0.0", "169.254.3.4", "fe80::1", "::1", "224.0.0.1", "10.1", "0x7f.1", "plc"])(
    "the address %s is none",
    (value) => expect(toIdentifyingIp(value)).toBeNull(),
  );

  test("values are brought into one form", () => {
    expect(toIdentifyingMac("00-1B-1B-AA-BB-CC")).toBe("00:1b:1b:aa:bb:cc");
    expect(toIdentifyingName("PLC1.Plant.Example.")).toBe("plc1.plant.example");
    expect(toIdentifyingIp("2001:DB8:0:0::1")).toBeNull();
    expect(toIdentifyingIp("2A00:1450:0:0::1")).toBe("2a00:1450::1");
    expect(toIdentifyingIp("::ffff:10.0.0.1")).toBe("10.0.0.1");
  });

  test("firmware defaults are none, and an asset without any goes by its source's name for it", () => {
    const asset = {
      ...nothing,
      name: "Panel 4",
      identifiers: [{ kind: "serial-number" as const, value: "To be filled by O.E.M." }],
    };
    expect(toIdentifiers(asset, origin)).toEqual([{ kind: "source-name", value: "panel 4", network: "1" }]);
  });

  test("order and repeats in the description change nothing", () => {
    const values = fc.record({
      ipAddresses: fc.array(fc.ipV4()),
      hostNames: fc.array(fc.domain()),
      macAddresses: fc.array(fc.constantFrom("00:1b:1b:00:00:01", "00:1b:1b:00:00:02", "02:00:00:00:00:01")),
    });
    fc.assert(
      fc.property(values, (given) => {
        const turned = Object.fromEntries(
          Object.entries(given).map(([key, list]) => [key, [...list, ...list].reverse()]),
        );
        expect(toIdentifiers({ ...nothing, ...turned }, origin)).toEqual(
          toIdentifiers({ ...nothing, ...given }, origin),
        );
      }),
    );
  });
});

describe("matching", () => {
  const holding = (assetId: number, ...identifiers: Identifier[]) => {
    const directory = new AssetDirectory();
    directory.claim(assetId, identifiers, 0);
    return directory;
  };

  test("the strongest identifier decides, and the result names it", () => {
    const directory = holding(1, mac("00:1b:1b:00:00:01"), ip("10.0.0.1"));
    directory.claim(2, [ip("10.0.0.2")], 0);
    const match = directory.match([ip("10.0.0.2"), mac("00:1b:1b:00:00:01")]);
    expect(match).toMatchObject({ assetId: 1, decidedBy: mac("00:1b:1b:00:00:01") });
  });

  test("a weaker match is refused when a stronger identifier of one kind contradicts", () => {
    const match = holding(1, mac("00:1b:1b:00:00:01"), ip("10.0.0.1")).match([
      mac("00:1b:1b:00:00:02"),
      ip("10.0.0.1"),
    ]);
    expect(match.assetId).toBeNull();
    expect(match.refused).toEqual([
      {
        assetId: 1,
        offeredBy: ip("10.0.0.1"),
        contradictedBy: { kind: "mac", network: "", ours: ["00:1b:1b:00:00:02"], theirs: ["00:1b:1b:00:00:01"] },
      },
    ]);
  });

  test("a stronger identifier that one side does not know contradicts nothing", () => {
    expect(holding(1, ip("10.0.0.1")).match([mac("00:1b:1b:00:00:02"), ip("10.0.0.1")]).assetId).toBe(1);
    expect(holding(1, fqdn("a.example.org"), ip("10.0.0.1")).match([ip("10.0.0.1")]).assetId).toBe(1);
  });

  test("an address of another network is another address", () => {
    expect(holding(1, ip("10.0.0.1")).match([{ ...ip("10.0.0.1"), network: "plant 2" }]).assetId).toBeNull();
  });

  test("an identifier moves to the asset it was seen with last, and an older report does not take it back", () => {
    const directory = holding(1, ip("10.0.0.1"));
    expect(directory.claim(2, [ip("10.0.0.1")], 10)).toHaveLength(1);
    expect(directory.claim(1, [ip("10.0.0.1")], 5)).toEqual([]);
    expect(directory.match([ip("10.0.0.1")]).assetId).toBe(2);
  });
});

describe("fingerprint", () => {
  const nowhere = { port: null, protocol: null, instance: null };

  test("is a UUID of version 8 that never changes", () => {
    const fingerprint = findingFingerprint({ cveId: "CVE-2024-0001" }, { port: 443, protocol: "tcp", instance: null });
    expect(fingerprint).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(findingFingerprint({ cveId: "cve-2024-0001" }, { port: 443, protocol: "TCP", instance: null })).toBe(
      fingerprint,
    );
  });

  test("differs whenever issue or location differ", () => {
    const part = fc.oneof(fc.constant(null), fc.string());
    const place = fc.record({
      port: fc.oneof(fc.constant(null), fc.nat(65_535)),
      protocol: fc.constantFrom(null, "tcp", "udp"),
      instance: part,
    });
    const issue = fc.record({ product: fc.constantFrom("a", "b"), checkId: fc.string() });
    fc.assert(
      fc.property(fc.tuple(issue, place), fc.tuple(issue, place), (a, b) => {
        const isSame = JSON.stringify(a) === JSON.stringify(b);
        expect(findingFingerprint(...a) === findingFingerprint(...b)).toBe(isSame);
      }),
    );
    expect(findingFingerprint({ product: "cve", checkId: "CVE-2024-0001" }, nowhere)).not.toBe(
      findingFingerprint({ cveId: "CVE-2024-0001" }, nowhere),
    );
  });

  test("a check with several CVEs is several issues, one without is one", () => {
    expect(toIssues({ product: "N", id: "1", cveIds: ["CVE-2024-2", "CVE-2024-1", "CVE-2024-2"] })).toEqual([
      { cveId: "CVE-2024-1" },
      { cveId: "CVE-2024-2" },
    ]);
    expect(toIssues({ product: "N", id: "1", cveIds: [] })).toEqual([{ product: "N", checkId: "1" }]);
  });
});

test("the digest of an observation does not depend on order or repeats, but on everything else", () => {
  const observation = fc.record({ fingerprint: fc.uuid(), content: fc.string() });
  fc.assert(
    fc.property(fc.array(observation), observation, (list, extra) => {
      const digest = observationDigest(list).toString("hex");
      expect(observationDigest([...list, ...list].reverse()).toString("hex")).toBe(digest);
      expect(observationDigest([...list, extra]).toString("hex")).not.toBe(digest);
    }),
  );
});
