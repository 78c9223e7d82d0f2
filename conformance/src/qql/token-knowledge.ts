export const ADVISORIES = [
  {
    id: "EX-26-001",
    title: "S7-300 denial of service",
    products: [
      {
        vendor: "Siemens",
        name: "SIMATIC S7-300 CPU 315-2 PN/DP (6ES7315-2EH14-0AB0)",
        versions: "vers:all/<V3.2.16",
        modelNumbers: ["6ES7315-2EH14-0AB0"],
      },
    ],
    vulnerabilities: [{ cve: "CVE-2026-0101", score: 9.8, affected: [1], fix: "Update to V3.2.16" }],
  },
  {
    id: "EX-26-002",
    title: "S7-300 may stop",
    products: [
      { vendor: "Siemens", name: "SIMATIC S7-300 CPU 315-2 PN/DP (6ES7315-2EH14-0AB0)", versions: "< V3.X.17" },
    ],
    vulnerabilities: [{ cve: "CVE-2026-0102", score: 5.3, affected: [1] }],
  },
  {
    id: "EX-26-003",
    title: "Communication module",
    products: [{ vendor: "Rockwell Automation", name: "1756-EN2T Series D", versions: "<= 11.003" }],
    vulnerabilities: [{ cve: "CVE-2026-0103", score: 7.5, affected: [1], fix: "Update" }],
  },
];
/** Fixed by its corrected edition. */
export const WITHDRAWN = {
  id: "EX-26-004",
  title: "Former product line",
  products: [{ vendor: "Rockwell Automation", name: "ControlLogix 5580 controllers", versions: "<= 33.013" }],
  vulnerabilities: [{ cve: "CVE-2026-0104", score: 3.1, affected: [1] }],
};

/** What the feeds below say of CVEs. */
export const KNOWN = {
  kev: { "CVE-2026-0001": true, "CVE-2026-0101": false } as Readonly<Record<string, boolean>>,
  epss: { "CVE-2026-0001": 0.91, "CVE-2026-0002": 0.02, "CVE-2026-0101": 0.4 } as Readonly<Record<string, number>>,
  ssvc: {
    "CVE-2026-0002": "active",
    "CVE-2026-0003": "poc",
    "CVE-2026-0004": "none",
    "CVE-2026-0102": "active",
  } as Readonly<Record<string, string>>,
  publishedMs: (cveId: string) => (cveId in KNOWN.ssvc ? Date.UTC(2026, 0, Number(cveId.slice(-2)) % 28, 6, 30) : null),
};

/** A catalogue, scores and CVE records of {@link KNOWN}. */
export function feeds(): string[] {
  const vulnerabilities = Object.entries(KNOWN.kev).map(([cveID, isRansomware]) => ({
    cveID,
    dateAdded: "2026-02-01",
    knownRansomwareCampaignUse: isRansomware ? "Known" : "Unknown",
  }));
  const title = "CISA Catalog of Known Exploited Vulnerabilities";
  const dateReleased = "2026-03-01T15:00:00.0000Z";
  const kev = { title, catalogVersion: "2026.03.01", dateReleased, count: vulnerabilities.length, vulnerabilities };
  const scores = Object.entries(KNOWN.epss).map(([cveId, score]) => `${cveId},${score},0.5\n`);
  const epss = `#model_version:v2026.03.16,score_date:2026-03-01T12:55:00Z\ncve,epss,percentile\n${scores.join("")}`;
  const records = Object.entries(KNOWN.ssvc).map(([cveId, Exploitation]) => {
    const publishedMs = KNOWN.publishedMs(cveId) as number;
    const datePublished = new Date(publishedMs).toISOString();
    const adp = [{ metrics: [{ other: { type: "ssvc", content: { options: [{ Exploitation }] } } }] }];
    return JSON.stringify({
      dataType: "CVE_RECORD",
      cveMetadata: { cveId, datePublished, dateUpdated: datePublished },
      containers: { cna: {}, adp },
    });
  });
  return [JSON.stringify(kev), epss, ...records];
}
