import type { World } from "../findings-read/seed.fixture.ts";

const at = Date.UTC(2026, 0, 1);

/** `count` findings on two assets: the odd ones on an asset with the first tag, the even ones on one with the second. */
export function plainWorld(count: number): World {
  return {
    tags: ["Plant A", "Plant B"],
    connections: ["Plant scanner"],
    checks: [
      {
        product: "Nessus",
        vendorId: "19506",
        title: "t",
        description: "d",
        family: null,
        cvss: [],
        isPatchAvailable: null,
      },
    ],
    assets: [1, 2].map((tag) => ({
      name: `asset ${tag}`,
      tagIds: [tag],
      risk: 10,
      criticality: 2,
      ipAddresses: [`10.0.0.${tag}`],
      macAddresses: [],
      hostNames: [],
      seenAt: [at],
    })),
    findings: Array.from({ length: count }, (_, index) => ({
      assetId: 2 - ((index + 1) % 2),
      checkId: 1,
      cveId: null,
      severity: (index % 5) + 1,
      qds: 50,
      status: "ACTIVE",
      category: "VULNERABILITY",
      port: index,
      protocol: "tcp",
      instance: null,
      firstFound: at,
      lastFound: at,
      lastFixed: null,
      reopened: null,
      sources: [
        {
          connectionId: 1,
          checkId: 1,
          isPresent: true,
          firstSeen: at,
          lastSeen: at,
          severity: 3,
          evidence: "e".repeat(400),
        },
      ],
    })),
  };
}
