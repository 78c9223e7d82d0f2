import { FINGERPRINT_VERSION, isCve } from "@breakwater/domain/identity/index";
import { sql } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";

type Rule = "CVE" | "ALIAS" | "CHECK";

/** One record that a finding was made of, and why it belongs to it. */
type FindingRecordGrounds = {
  connection: string;
  source: string;
  vendorFindingId: string;
  rule: Rule;
  names: string[];
  alias: { alias: string; name: string; toldBy: string } | null;
};

export type FindingIdentity = { version: number; rule: Rule; issue: string; records: FindingRecordGrounds[] };

type Row = Omit<FindingRecordGrounds, "rule"> & { issue: string | null; isAliased: boolean };

/**
 * What a finding is identified by, and each source's record with the rule by which it belongs to it.
 *
 * @param finding one that the caller may see
 */
export async function explainIdentity(
  db: ScopedDb,
  finding: { id: number; cveId: string | null; product: string; vendorId: string },
): Promise<FindingIdentity> {
  const { rows } = await sql<Row>`
    SELECT n.name AS connection, c.product AS source, c.vendor_id AS "vendorFindingId", c.issue,
      s.is_aliased AS "isAliased", c.cve_ids || c.aliases AS names,
      CASE WHEN s.is_aliased THEN (SELECT json_build_object('alias', x.alias, 'name', x.name, 'toldBy', x.told_by)
        FROM issue_alias x WHERE x.subscription_id = c.subscription_id AND x.alias = ANY (c.aliases) AND x.name = c.issue
        ORDER BY x.alias LIMIT 1) END AS alias
    FROM finding f JOIN finding_source s ON s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id
      AND s.fingerprint = f.fingerprint
    JOIN check_definition c ON c.subscription_id = s.subscription_id AND c.id = s.check_id
    JOIN connection n ON n.subscription_id = s.subscription_id AND n.id = s.connection_id
    WHERE f.subscription_id = ${db.subscriptionId} AND f.id = ${finding.id}
    ORDER BY n.name, c.product, c.vendor_id`.execute(db.read);
  const alias = rows.find(({ isAliased }) => isAliased)?.issue ?? null;
  const isOfAlias = finding.cveId === null && alias !== null && !isCve(alias);
  return {
    version: FINGERPRINT_VERSION,
    rule: finding.cveId !== null ? "CVE" : isOfAlias ? "ALIAS" : "CHECK",
    issue: finding.cveId ?? (isOfAlias ? alias : `${finding.product} ${finding.vendorId}`),
    records: rows.map(({ issue: _issue, isAliased, ...row }) => ({
      ...row,
      rule: isAliased ? "ALIAS" : finding.cveId === null ? "CHECK" : "CVE",
    })),
  };
}
