import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Aliases,
  ApartAssets,
  AssetDirectory,
  findingFingerprint,
  type Identifier,
  isBundle,
  isCve,
  toAddress,
  toIdentifiers,
  toIdentifyingIp,
  toIdentifyingMac,
  toIdentifyingName,
  toIssues,
  toNames,
  toPairs,
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
    "00:50:56:c0:00:08",
    "00:05:9a:3c:7a:00",
    "00:09:0f:fe:00:01",
    "20:41:53:59:4e:ff",
    "44:45:53:54:00:00",
    "50:50:54:50:30:30",
    "ac:de:48:00:11:22",
    "00:1b:1b",
  ])("the MAC %s is none", (value) => expect(toIdentifyingMac(value)).toBeNull());

  test.each(["00:50:56:81:01:e3", "00:05:9a:3c:7a:01", "ac:de:48:00:11:23"])("the MAC %s is one of a kind", (value) =>
    expect(toIdentifyingMac(value)).toBe(value),
  );

  test.each(["localhost", "localhost.localdomain", "plc1", "10.0.0.1", "1.0.0.10.in-addr.arpa", "a b.example", ""])(
    "the name %s is none",
    (value) => expect(toIdentifyingName(value)).toBeNull(),
  );

  const shared = [
    "127.0.0.1",
    "0.0.0.0",
    "169.254.3.4",
    "224.0.0.1",
    "255.255.255.255",
    "fe80::1",
    "::1",
    "::",
    "ff02::1",
  ];
  test.each([...shared, "10.1", "0x7f.1", "plc", "192.0.2", ""])("the address %s is none", (value) =>
    expect(toIdentifyingIp(value)).toBeNull(),
  );

  test.each(shared)("but %s is an address", (value) => expect(toAddress(value)).toBe(value));

  test.each([
    ...["10.0.0.1", "100.64.0.1", "172.16.0.1", "192.0.2.10", "198.18.0.1", "198.51.100.7", "203.0.113.9", "240.0.0.1"],
    ...["8.8.8.8", "2001:db8::1", "fd00::1", "fec0::1", "2001:2::1", "2002:a00:1::1"],
  ])("the address %s is somebody's in its network", (value) => expect(toIdentifyingIp(value)).toBe(value));

  test("values are brought into one form", () => {
    expect(toIdentifyingMac("00-1B-1B-AA-BB-CC")).toBe("00:1b:1b:aa:bb:cc");
    expect(toIdentifyingName("PLC1.Plant.Example.")).toBe("plc1.plant.example");
    expect(toIdentifyingIp("2001:DB8:0:0::1")).toBe("2001:db8::1");
    expect(toAddress("FE80::1%eth0")).toBe("fe80::1");
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

  test("neither case nor the dot at its end makes another name", () => {
    const known = (name: string) => toIdentifiers({ ...nothing, name, hostNames: [name] }, origin);
    expect(known("SRV9.CORP.EXAMPLE.")).toEqual(known("srv9.corp.example"));
    expect(known("SRV9.")).toEqual([{ kind: "source-name", value: "srv9", network: "1" }]);
    expect(known("Acme Corp.")).toEqual([{ kind: "source-name", value: "acme corp.", network: "1" }]);
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

describe("names of a weakness", () => {
  const pairs = (...statements: [names: string[], cveIds: string[]][]) =>
    statements.flatMap(([names, cveIds]) => toPairs(names, cveIds));
  const canonical = (own: string[], ...statements: Parameters<typeof pairs>) =>
    new Aliases(pairs(...statements)).canonical(own);

  test("are those of schemes that name one weakness each", () => {
    expect(toNames(["ghsa-2222-2222-2222", "DSA-5123-1", "RHSA-2024:1", "QID-12345", "PYSEC-2024-1"])).toEqual([
      "GHSA-2222-2222-2222",
      "PYSEC-2024-1",
    ]);
  });

  test.each<[string, string[], [string[], string[]][], string]>([
    ["the CVE that it leads to", ["G-1"], [[["G-1"], ["CVE-1"]]], "CVE-1"],
    [
      "the CVE by way of another alias",
      ["P-1"],
      [
        [["G-1"], ["CVE-1"]],
        [["G-1", "P-1"], []],
      ],
      "CVE-1",
    ],
    ["itself when it leads to several CVEs", ["P-1"], [[["P-1"], ["CVE-1", "CVE-2"]]], "P-1"],
    [
      "itself when its aliases lead to several CVEs",
      ["P-1"],
      [
        [["G-1"], ["CVE-1"]],
        [["G-2"], ["CVE-2"]],
        [["G-1", "G-2", "P-1"], []],
      ],
      "P-1",
    ],
    [
      "its own CVE although an alias leads to another one too",
      ["G-1"],
      [
        [["G-1"], ["CVE-1"]],
        [["G-2"], ["CVE-2"]],
        [["G-1", "G-2"], []],
      ],
      "CVE-1",
    ],
    ["the smallest without any CVE, a GHSA first", ["P-1"], [[["GHSA-9", "P-1"], []]], "GHSA-9"],
    ["not what another CVE of the same name's CVE is called", ["G-1"], [[["G-1", "G-2"], ["CVE-1"]]], "CVE-1"],
  ])("canonical is %s", (_what, own, statements, expected) => expect(canonical(own, ...statements)).toBe(expected));

  test("that lead to each other without end are not one weakness", () => {
    const chain = (length: number) => {
      const names = Array.from({ length }, (_, index) => `P-${10_000 + index}`);
      const aliases = new Aliases(names.flatMap((name, index) => toPairs([name, names[index + 1] ?? name], [])));
      return new Set(names.map((name) => aliases.canonical([name])));
    };
    expect(chain(1_000).size).toBe(1);
    // If each looked at all of them, this would not end in time.
    expect(chain(30_000).size).toBe(30_000);
  });

  test("of a check that tells many, of many CVEs, tell nothing", () => {
    const many = (length: number) => Array.from({ length }, (_, index) => `X-${index}`);
    expect([isBundle(many(64), []), isBundle(many(64), many(1)), isBundle(many(8), many(8))]).not.toContain(true);
    expect([isBundle(many(65), []), isBundle(many(1), many(65)), isBundle(many(8), many(9))]).not.toContain(false);
    expect(isBundle([], many(65))).toBe(false);
  });

  test("depend on what was said, not on the order in which it was", () => {
    const name: fc.Arbitrary<string> = fc.constantFrom("GHSA-1", "GHSA-2", "OSV-1", "PYSEC-1");
    const statement = fc.tuple(
      fc.uniqueArray(name, { minLength: 1 }),
      fc.uniqueArray(fc.constantFrom("CVE-1", "CVE-2"), { maxLength: 2 }),
    );
    fc.assert(
      fc.property(fc.array(statement), fc.uniqueArray(name, { minLength: 1 }), (statements, own) => {
        const all = pairs(...statements);
        const expected = new Aliases(all).canonical(own);
        expect(new Aliases([...all, ...all].reverse()).canonical([...own].reverse())).toBe(expected);
        // Whoever is merged by a CVE was led to no other one directly.
        const direct = new Set(
          all.filter(({ alias, name: to }) => own.includes(alias) && isCve(to)).map(({ name: to }) => to),
        );
        if (direct.size > 1) expect(isCve(expected)).toBe(false);
        if (direct.size === 1) expect(expected).toBe([...direct][0]);
      }),
    );
  });
});

describe("assets that were taken apart", () => {
  const apart = new ApartAssets([
    { assetId: 1, apartId: 2, takenIds: [10, 11], keptIds: [12] },
    { assetId: 2, apartId: 3, takenIds: [11], keptIds: [10] },
  ]);

  test.each([
    [1, 10, 2],
    [1, 11, 3],
    [2, 11, 3],
    [3, 10, 2],
    [2, 12, 1],
    [3, 12, 3],
    [3, 99, 3],
    [1, 99, 1],
    [7, 10, 7],
  ])("of asset %i, connection %i speaks as of %i", (assetId, connection, expected) => {
    expect(apart.find(assetId, connection)).toBe(expected);
  });

  test("keep what identifies them", () => {
    expect([apart.areApart(1, 3), apart.areApart(2, 2), apart.areApart(1, 7)]).toEqual([true, false, false]);
  });

  test("rules that lead in a circle end", () => {
    const circle = new ApartAssets([
      { assetId: 1, apartId: 2, takenIds: [10], keptIds: [] },
      { assetId: 2, apartId: 1, takenIds: [10], keptIds: [] },
    ]);
    expect(circle.find(1, 10)).toBe(2);
  });
});
