import type { Token } from "../token-table.ts";
import { token } from "../token-table.ts";

const inInterface = { group: "asset.interface", isMultiple: true } as const;
const inSoftware = { group: "software", isMultiple: true } as const;

/** All tokens of the asset table of ETM. */
export const assetTokens: readonly Token[] = [
  token("asset.name", "text", "Name of the asset.", "asset.name:web*"),
  token("asset.criticalityScore", "integer", "Criticality from 1 to 5.", "asset.criticalityScore>=4"),
  token("asset.riskScore", "integer", "Risk score from 0 to 1000.", "asset.riskScore:[850 .. 1000]"),
  token("asset.riskBand", "keyword", "Class of the risk score, by the score settings.", "asset.riskBand:CRITICAL", {
    values: ["CRITICAL", "HIGH", "MEDIUM", "LOW"],
    storedCase: "upper",
  }),
  token("asset.tag.name", "keyword", "Tag on the asset.", "asset.tag.name:`Internet facing`", { isMultiple: true }),
  token("asset.inventory.createdDate", "date", "When the asset became known.", "asset.inventory.createdDate>now-7d"),
  token("asset.inventory.source", "keyword", "Source that knows the asset.", "asset.inventory.source:Nessus", {
    isMultiple: true,
  }),
  token("asset.businessInfo.company", "text", "Company that owns the asset.", "asset.businessInfo.company:Acme"),
  token(
    "asset.businessInfo.department",
    "text",
    "Department that owns the asset.",
    "asset.businessInfo.department:Finance",
  ),
  token(
    "asset.businessInfo.environment",
    "keyword",
    "Environment the asset serves.",
    "asset.businessInfo.environment:Production",
  ),
  token("cloud.provider", "keyword", "Cloud provider.", "cloud.provider:[AWS, AZURE]", {
    values: ["AWS", "AZURE", "GCP", "OCI"],
  }),
  token("operatingSystem.name", "text", "Operating system.", 'operatingSystem.name:"Windows Server"'),
  token("operatingSystem.version", "text", "Version of the operating system.", "operatingSystem.version:`22.04`"),
  token(
    "operatingSystem.publisher",
    "text",
    "Publisher of the operating system.",
    "operatingSystem.publisher:Microsoft",
  ),
  token("operatingSystem.category", "text", "Category of the operating system.", "operatingSystem.category:Linux"),
  token(
    "asset.interface.address",
    "address",
    "IPv4 or IPv6 address.",
    "asset.interface.address:10.0.0.0/8",
    inInterface,
  ),
  token(
    "asset.interface.hostname",
    "text",
    "Host name of the interface.",
    "asset.interface.hostname:db1.corp.com",
    inInterface,
  ),
  token("asset.interface.macAddress", "mac", "MAC address.", "asset.interface.macAddress:00:1d:9c*", inInterface),
  token("asset.interface.name", "keyword", "Name of the interface.", "asset.interface.name:eth0", inInterface),
  token(
    "asset.interface.manufacturer",
    "text",
    "Manufacturer by the MAC address.",
    "asset.interface.manufacturer:Siemens",
    inInterface,
  ),
  token("software.name", "text", "Name of an installed product.", "software.name:OpenSSL", inSoftware),
  token("software.version", "text", "Version of an installed product.", "software.version:`3.0.7`", inSoftware),
  token("software.publisher", "text", "Publisher of an installed product.", "software.publisher:Oracle", inSoftware),
  token("software.category", "text", "Category of an installed product.", "software.category:Database", inSoftware),
];
