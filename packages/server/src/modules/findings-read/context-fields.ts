import { SCORE_POINTS } from "@breakwater/domain/risk/index";
import { type RawBuilder, sql } from "kysely";
import type { FieldColumn } from "../../db/query/index.ts";
import { isIgnoredOr } from "./told-fields.ts";

/** Null where no whole catalogue was ever loaded, or the finding has no CVE: that differs from "not listed". */
const isInKev: RawBuilder<unknown> = sql`(CASE WHEN k.kev_added_on IS NOT NULL THEN true
  WHEN f.cve_id IS NOT NULL AND (SELECT true FROM knowledge_feed WHERE kind = 'kev' AND whole_at IS NOT NULL) THEN false END)`;
const isAttacked: RawBuilder<unknown> = sql`(CASE WHEN k.kev_added_on IS NOT NULL OR k.ssvc_exploitation = 'active' THEN true
  WHEN k.ssvc_exploitation IS NOT NULL THEN false ELSE ${isInKev} END)`;
const hasPublicExploit: RawBuilder<unknown> = sql`(CASE WHEN c.is_exploit_available OR ${isAttacked}
  OR k.ssvc_exploitation = 'poc' THEN true ELSE coalesce(c.is_exploit_available, k.ssvc_exploitation <> 'none') END)`;
/** Names as the documented value of the token has them. */
const indicators: RawBuilder<unknown> = sql`array_remove(ARRAY[
  CASE WHEN k.kev_added_on IS NOT NULL THEN 'Cisa_Known_Exploited_Vulns' END,
  CASE WHEN ${isAttacked} THEN 'Active_Attacks' END,
  CASE WHEN k.is_ransomware THEN 'Ransomware' END,
  CASE WHEN ${hasPublicExploit} THEN 'Public_Exploit' END], NULL)`;

const boolean = (column: RawBuilder<unknown>): FieldColumn => ({ kind: "boolean", column });

const { perCvss, poc, active, activeFloor, epss } = SCORE_POINTS;
const number = (value: number) => sql`${sql.lit(value)}::double precision`;
const isInUse = sql`(k.kev_added_on IS NOT NULL OR k.ssvc_exploitation = 'active')`;

/** The domain's `vulnerabilityScore`, added up in its order: the same floating-point numbers to the last bit. */
const vulnerabilityScore: RawBuilder<unknown> = sql`(CASE WHEN f.cve_id IS NOT NULL
  AND (coalesce(k.cvss_base, c.cvss_base) IS NOT NULL OR ${isInUse}) THEN
  least(100, greatest(CASE WHEN ${isInUse} THEN ${number(activeFloor)} ELSE 1 END,
    floor(coalesce(k.cvss_base, c.cvss_base, 0) * ${number(perCvss)}
      + CASE WHEN ${isInUse} THEN ${number(active)} WHEN k.ssvc_exploitation = 'poc' THEN ${number(poc)} ELSE 0 END
      + coalesce(${number(epss)} * sqrt(k.epss), 0) + 0.5))) / 10 END)`;

/** What feeds tell of a finding's CVE; its publication as the source has it, where no record of it was loaded. */
export const knowledgeFields: Readonly<Record<string, FieldColumn>> = {
  "finding.epssScore": { kind: "float", column: sql`k.epss` },
  "finding.qvss": { kind: "float", column: vulnerabilityScore },
  "finding.cvePublishedDate": { kind: "timestamp", column: sql`coalesce(k.published_at, c.published_at)` },
  "finding.riskFactor.isCisaKnownExploit": boolean(isInKev),
  "finding.riskFactor.isExploited": boolean(isAttacked),
  "finding.riskFactor.rti": { kind: "keyword", column: indicators, isArray: true },
  "finding.threatIntel.isActiveAttack": boolean(isAttacked),
  "finding.threatIntel.isCisaKnownExploitedVuln": boolean(isInKev),
  "finding.threatIntel.isPublicExploit": boolean(hasPublicExploit),
  "finding.threatIntel.isRansomware": boolean(sql`k.is_ransomware`),
};

/** The acceptance in force, by the clock, not only by the task that closes those whose end has come. */
export function acceptanceFields(now: Date): Readonly<Record<string, FieldColumn>> {
  const related = {
    from: sql`risk_acceptance r`,
    where: sql`f.is_accepted AND r.subscription_id = f.subscription_id AND r.finding_id = f.id AND r.closed_at IS NULL
      AND (r.end_at IS NULL OR r.end_at > ${now}::timestamptz)`,
  };
  const isAccepted = sql`(f.is_accepted AND EXISTS (SELECT FROM ${related.from} WHERE ${related.where}))`;
  return {
    "finding.isIgnored": isIgnoredOr(isAccepted),
    "finding.riskAcceptance.createdDate": { kind: "timestamp", column: sql`r.created_at`, related },
    "finding.riskAcceptance.startDate": { kind: "timestamp", column: sql`r.created_at`, related },
    "finding.riskAcceptance.endDate": { kind: "timestamp", column: sql`r.end_at`, related },
    "finding.riskAcceptance.reasonType": { kind: "keyword", column: sql`r.reason_type`, related },
    "finding.riskAcceptance.type": { kind: "keyword", column: sql`'MANUAL'::text`, related },
  };
}
