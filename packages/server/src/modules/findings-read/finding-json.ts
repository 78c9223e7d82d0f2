import type { ByteWriter } from "../../exporters/index.ts";
import type { Asset, Check, Cvss } from "./finding-dictionary.ts";
import { type FindingFormat, type FindingRecord, writeSources } from "./finding-format.ts";

/** A finding as the API shows it (etm.md 3). The only place that spells the JSON of a finding. */
export const jsonFormat: FindingFormat<{ members: Buffer; cveMembers: Buffer }, Buffer> = {
  check: (check) => ({ members: Buffer.from(toCheckMembers(check)), cveMembers: Buffer.from(toCveMembers(check)) }),
  asset: (asset) => Buffer.from(toAssetMembers(asset)),
  write: (out, record) => {
    const { finding, check, asset, signs } = record;
    writeOwnMembers(out, record);
    out.bytes(check.members);
    out.bytes(CVE_ID);
    out.json(finding.cveId);
    out.bytes(check.cveMembers);
    out.bytes(EPSS);
    out.number(signs.epss);
    out.bytes(CISA_KEV);
    out.text(String(signs.cisaKev));
    out.text("}");
    out.bytes(asset);
    out.bytes(SOURCES);
    writeSources(out, record.sources);
    out.text("}");
  },
};

const CVE_ID = Buffer.from(`,"cve":{"id":`);
const EPSS = Buffer.from(`,"epss":`);
const CISA_KEV = Buffer.from(`,"cisaKev":`);
const SOURCES = Buffer.from(`,"sources":`);

const ID = Buffer.from(`{"id":"`);
const CATEGORY = Buffer.from(`","category":`);
const SEVERITY = Buffer.from(`,"severity":`);
const STATUS = Buffer.from(`,"status":`);
const FINDING_CVE_ID = Buffer.from(`,"cveId":`);
const QDS = Buffer.from(`,"qds":`);
const QVSS = Buffer.from(`,"qvss":`);
const FIRST_FOUND = Buffer.from(`,"firstFound":`);
const LAST_FOUND = Buffer.from(`,"lastFound":`);
const LAST_FIXED = Buffer.from(`,"lastFixed":`);
const REOPENED = Buffer.from(`,"reopened":`);
const PORT = Buffer.from(`,"port":`);
const PROTOCOL = Buffer.from(`,"protocol":`);
const INSTANCE = Buffer.from(`,"instance":`);

/** JSON members of a finding that are its own, from the opening brace. */
function writeOwnMembers(out: ByteWriter, { finding, qvss, lastFoundMs }: FindingRecord<unknown, unknown>): void {
  out.bytes(ID);
  out.number(finding.id);
  out.bytes(CATEGORY);
  out.json(finding.category);
  out.bytes(SEVERITY);
  out.number(finding.severity);
  out.bytes(STATUS);
  out.json(finding.status);
  out.bytes(FINDING_CVE_ID);
  out.json(finding.cveId);
  out.bytes(QDS);
  out.number(finding.qds);
  out.bytes(QVSS);
  out.number(qvss);
  out.bytes(FIRST_FOUND);
  out.number(finding.firstFoundMs);
  out.bytes(LAST_FOUND);
  out.number(lastFoundMs);
  out.bytes(LAST_FIXED);
  out.number(finding.lastFixedMs);
  out.bytes(REOPENED);
  out.number(finding.reopenedMs);
  out.bytes(PORT);
  out.number(finding.port);
  out.bytes(PROTOCOL);
  out.json(finding.protocol);
  out.bytes(INSTANCE);
  out.json(finding.instance);
}

/** JSON members of a finding that its check alone decides, each with a comma before it. */
function toCheckMembers(check: Check): string {
  return toMembers({
    title: check.title,
    description: check.description,
    subCategory: check.family,
    vendorId: check.vendorId,
    vendorProductName: check.product,
    isPatchAvailable: check.isPatchAvailable,
    isQualysPatchable: check.isQualysPatchable,
    cvss: { baseScore: check.cvss.score, vector: check.cvss.vector },
  });
}

/** What the check decides of the object `cve`, after its id. */
function toCveMembers({ cvss2, cvss3, cvss4 }: Check): string {
  const [cvss2Info, cvss3Info, cvss4Info] = [toInfo(cvss2), toInfo(cvss3), toInfo(cvss4)];
  return toMembers({ cvss2Info, cvss3Info, cvss4Info });
}

/** An object even where nothing is known, so that `cve.cvss3Info.basescore` is always there to be read. */
function toInfo({ score, vector }: Cvss) {
  return { basescore: score, vector };
}

/** JSON members of a finding that its asset alone decides. */
function toAssetMembers(asset: Asset): string {
  return toMembers({
    truRiskScore: asset.risk,
    asset: {
      assetName: asset.name,
      internalAssetId: String(asset.id),
      criticalityScore: asset.criticality,
      tags: asset.tags,
      ipAddresses: asset.ipAddresses,
      macAddresses: asset.macAddresses,
      hostNames: asset.hostNames,
    },
  });
}

function toMembers(members: object): string {
  return `,${JSON.stringify(members).slice(1, -1)}`;
}
