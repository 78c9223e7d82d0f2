import { type RawBuilder, sql } from "kysely";
import {
  assetMembers,
  checkMembers,
  cveMembers,
  type FindingSet,
  findingPage,
  joinAttributions,
  ownMembers,
} from "./finding-page.ts";

/**
 * A query of findings as the API shows them (etm.md 3): columns `ordinal` and `json`, the text of one object. The only place that spells the JSON of a finding.
 *
 * @example sql`SELECT '[' || string_agg(json, ',' ORDER BY ordinal) || ']' FROM (${selectFindingJson(set)}) page`
 */
export function selectFindingJson(set: FindingSet): RawBuilder<{ ordinal: number; json: string }> {
  return sql`
    WITH ${findingPage(set)},
    check_texts AS MATERIALIZED (SELECT c.id, ${checkMembers} AS members, ${cveMembers} AS cve_members FROM checks c),
    asset_texts AS MATERIALIZED (SELECT a.id, ${assetMembers} AS members FROM assets a)
    SELECT p.ordinal, concat(${ownMembers}, c.members, ',"cve":{"id":', coalesce(to_json(p.cve_id)::text, 'null'),
                             c.cve_members, a.members, ',"sources":[', s.json, ']}') AS json
    FROM page p
    JOIN check_texts c ON c.id = p.check_id
    JOIN asset_texts a ON a.id = p.asset_id
    ${joinAttributions(set)}`;
}
