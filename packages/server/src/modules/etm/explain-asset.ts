import { IDENTIFIER_KINDS, type Identifier } from "@breakwater/domain/identity/index";
import { explainAssetRisk, qdsBand, type RiskWeights, type ScoreReason } from "@breakwater/domain/risk/index";
import { sql } from "kysely";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { matchInScope } from "../findings/index.ts";

type Source = {
  connection: string;
  source: string;
  matchedBy: string | null;
  identifiers: Identifier[];
  firstSeen: number;
};
type Apart = { assetId: string; connections: string[]; isPart: boolean; createdBy: string; created: number };

export type AssetExplanation = {
  score: ScoreReason[];
  identifiers: (Identifier & { claimed: number })[];
  sources: (Source & { rule: Identifier["kind"] | null })[];
  apart: Apart[];
};

const ms = (column: string) => sql`(extract(epoch FROM ${sql.ref(column)}) * 1000)::bigint`;

/** Why an asset in the caller's scope is one. Assets outside of it are not told: neither what is kept apart nor what was refused. */
export async function explainAsset(db: ScopedDb, assetId: number): Promise<AssetExplanation> {
  const { subscriptionId } = db;
  const identifiers = await sql<AssetExplanation["identifiers"][number]>`
    SELECT kind, value, network, ${ms("claimed_at")} AS claimed FROM asset_identifier
    WHERE subscription_id = ${subscriptionId} AND asset_id = ${assetId}
    ORDER BY array_position(${[...IDENTIFIER_KINDS]}::text[], kind), value, network`.execute(db.read);
  const sources = await sql<Source>`
    SELECT n.name AS connection, CASE WHEN s.complete_by IS NULL THEN coalesce(s.product, n.product) ELSE
        (SELECT string_agg(key, ', ' ORDER BY key) FROM jsonb_object_keys(s.complete_by) AS key) END AS source, s.matched_by AS "matchedBy", s.identifiers,
      ${ms("s.first_seen_at")} AS "firstSeen"
    FROM asset_source s JOIN connection n ON n.subscription_id = s.subscription_id AND n.id = s.connection_id
    WHERE s.subscription_id = ${subscriptionId} AND s.asset_id = ${assetId} ORDER BY s.first_seen_at, n.name`.execute(
    db.read,
  );
  const apart = await sql<Apart>`
    SELECT a.id::text AS "assetId", r.apart_id = ${assetId} AS "isPart", r.created_by AS "createdBy",
      ${ms("r.created_at")} AS created, ARRAY(SELECT n.name FROM connection n
        WHERE n.subscription_id = r.subscription_id AND n.id = ANY (r.taken_ids) ORDER BY n.name) AS connections
    FROM asset_apart r JOIN asset a ON a.subscription_id = r.subscription_id
      AND a.id = CASE WHEN r.apart_id = ${assetId} THEN r.asset_id ELSE r.apart_id END
    WHERE r.subscription_id = ${subscriptionId} AND ${assetId} IN (r.asset_id, r.apart_id)
      AND ${assetInScope(db, sql.ref("a.tag_ids"))} ORDER BY a.id`.execute(db.read);
  return {
    score: await explainScore(db, assetId),
    identifiers: identifiers.rows,
    sources: sources.rows.map((source) => {
      const matchedBy = matchInScope(source.matchedBy, db.scope);
      return { ...source, matchedBy, rule: ruleOf(matchedBy) };
    }),
    apart: apart.rows,
  };
}

type Inputs = { criticality: number; isInternetFacing: boolean; weights: RiskWeights | null };

async function explainScore({ read, subscriptionId }: ScopedDb, assetId: number): Promise<ScoreReason[]> {
  const { rows: inputs } = await sql<Inputs>`
    SELECT criticality, is_internet_facing AS "isInternetFacing",
      (SELECT json_build_object('critical', w.weight_critical, 'high', w.weight_high, 'medium', w.weight_medium,
        'low', w.weight_low) FROM score_setting w WHERE w.subscription_id = ${subscriptionId}) AS weights
    FROM asset WHERE subscription_id = ${subscriptionId} AND id = ${assetId}`.execute(read);
  const { rows: scores } = await sql<{ qds: number; count: number }>`
    SELECT qds, count(*)::int AS count FROM finding
    WHERE subscription_id = ${subscriptionId} AND asset_id = ${assetId} AND status <> 'FIXED' AND NOT is_accepted
    GROUP BY qds`.execute(read);
  const ofBand = Object.entries(Object.groupBy(scores, ({ qds }) => qdsBand(qds))).map(([band, some]) => {
    const count = some.reduce((sum, one) => sum + one.count, 0);
    return [band, { count, average: some.reduce((sum, one) => sum + one.qds * one.count, 0) / count }] as const;
  });
  const [input] = inputs;
  if (!input) return [];
  const { weights, ...asset } = input;
  return explainAssetRisk({ ...asset, bands: Object.fromEntries(ofBand) }, weights ?? undefined);
}

/** `mac 00:1b:1b:12:34:56; not asset 5 by …` was decided by a MAC. */
function ruleOf(matchedBy: string | null): Identifier["kind"] | null {
  const word = matchedBy?.split(" ", 1)[0];
  return IDENTIFIER_KINDS.find((kind) => kind === word) ?? null;
}
