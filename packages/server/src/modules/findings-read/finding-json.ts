import type { Asset, Check, Cvss } from "./finding-dictionary.ts";
import type { FindingFormat } from "./finding-format.ts";
import type { FindingRow } from "./finding-rows.ts";

/** A finding as the API shows it (etm.md 3). The only place that spells the JSON of a finding. */
export const jsonFormat: FindingFormat<{ members: Buffer; cveMembers: Buffer }, Buffer> = {
  check: (check) => ({ members: Buffer.from(toCheckMembers(check)), cveMembers: Buffer.from(toCveMembers(check)) }),
  asset: (asset) => Buffer.from(toAssetMembers(asset)),
  record: (finding, check, asset, { lastFoundMs, sources }, { epss, cisaKev }) => {
    const cveId = JSON.stringify(finding.cveId);
    return [
      toOwnMembers(finding, cveId, lastFoundMs),
      check.members,
      `,"cve":{"id":${cveId}`,
      check.cveMembers,
      `,"epss":${epss},"cisaKev":${cisaKev}}`,
      asset,
      `,"sources":${sources}}`,
    ];
  },
};

/** JSON members of a finding that are its own, from the opening brace. */
function toOwnMembers(finding: FindingRow, cveId: string, lastFoundMs: number): string {
  const { id, category, severity, status, qds, firstFoundMs, lastFixedMs, reopenedMs, port } = finding;
  return (
    `{"id":"${id}","category":${JSON.stringify(category)},"severity":${severity},"status":"${status}","cveId":${cveId},` +
    `"qds":${qds},"qvss":null,"firstFound":${firstFoundMs},"lastFound":${lastFoundMs},"lastFixed":${lastFixedMs},` +
    `"reopened":${reopenedMs},"port":${port},"protocol":${JSON.stringify(finding.protocol)},` +
    `"instance":${JSON.stringify(finding.instance)}`
  );
}

/** JSON members of a finding that its check alone decides, each with a comma before it. */
function toCheckMembers(check: Check): string {
  const best = [check.cvss4, check.cvss3, check.cvss2].find(({ score }) => score !== null);
  return toMembers({
    title: check.title,
    description: check.description,
    subCategory: check.family,
    vendorId: check.vendorId,
    vendorProductName: check.product,
    isPatchAvailable: check.isPatchAvailable,
    isQualysPatchable: false,
    cvss: { baseScore: best?.score ?? null, vector: best?.vector ?? null },
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
