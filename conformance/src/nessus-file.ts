/** One result of a made-up scanner. */
export type ScanItem = {
  pluginId: number;
  name?: string;
  severity?: 0 | 1 | 2 | 3 | 4;
  cves?: string[];
  port?: number;
  protocol?: string;
  description?: string;
  output?: string;
  cvss2?: number;
  cvss3?: number;
};

export type ScanHost = {
  ip: string;
  /** Fully qualified. */
  fqdn?: string;
  mac?: string;
  operatingSystem?: string;
  /** Default 6 January 2025, noon, UTC. */
  endedAt?: string;
  items: ScanItem[];
};

/** A NessusClientData_v2 report of these hosts. */
export function nessusFile(hosts: readonly ScanHost[], name = "Conformance"): string {
  return `<?xml version="1.0" ?>\n<NessusClientData_v2>\n<Report name="${name}">\n${hosts.map(toHost).join("")}</Report>\n</NessusClientData_v2>\n`;
}

function toHost(host: ScanHost): string {
  const endSec = Date.parse(host.endedAt ?? "2025-01-06T12:00:00Z") / 1000;
  const tags = {
    HOST_END_TIMESTAMP: String(endSec),
    "host-ip": host.ip,
    "host-fqdn": host.fqdn,
    "mac-address": host.mac,
    "operating-system": host.operatingSystem,
    HOST_START_TIMESTAMP: String(endSec - 600),
  };
  const properties = Object.entries(tags).flatMap(([tag, value]) =>
    value === undefined ? [] : [`<tag name="${tag}">${value}</tag>\n`],
  );
  return `<ReportHost name="${host.ip}"><HostProperties>\n${properties.join("")}</HostProperties>\n${host.items.map(toItem).join("")}</ReportHost>\n`;
}

function toItem(item: ScanItem): string {
  const { pluginId, severity = 3, port = 443, protocol = "tcp", cves = [] } = item;
  const name = item.name ?? `Check ${pluginId}`;
  return [
    `<ReportItem port="${port}" svc_name="www" protocol="${protocol}" severity="${severity}" pluginID="${pluginId}" pluginName="${name}" pluginFamily="Web Servers">\n`,
    ...cves.map((cve) => `<cve>${cve}</cve>\n`),
    ...(item.cvss2 === undefined ? [] : [`<cvss_base_score>${item.cvss2}</cvss_base_score>\n`]),
    ...(item.cvss3 === undefined
      ? []
      : [
          `<cvss3_base_score>${item.cvss3}</cvss3_base_score>\n`,
          "<cvss3_vector>CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H</cvss3_vector>\n",
        ]),
    `<description>${item.description ?? `What check ${pluginId} is about.`}</description>\n`,
    `<plugin_name>${name}</plugin_name>\n<plugin_type>remote</plugin_type>\n<solution>Update.</solution>\n<synopsis>A flaw.</synopsis>\n`,
    `<plugin_output>${item.output ?? "as found"}</plugin_output>\n</ReportItem>\n`,
  ].join("");
}
