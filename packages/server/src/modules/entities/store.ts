import { type RawBuilder, sql } from "kysely";
import type { FieldMap } from "../../db/query/index.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { type RiskBand, riskBand } from "../findings-read/index.ts";
import { sumByEntity } from "./sum-by-entity.ts";

export type EntityRow = {
  id: number;
  name: string;
  parent: string | null;
  criticality: number | null;
  assetCount: number;
  truRiskScore: number | null;
  truRiskBand: RiskBand | null;
  findingCount: number;
  openByBand: Record<RiskBand, number>;
};

/** Where the tokens of entity queries have their data, for queries over {@link entities}. */
export const entityFields: FieldMap = {
  columns: {
    "entity.name": { kind: "text", column: sql`e.name`, isRequired: true },
    "entity.criticality": { kind: "integer", column: sql`e.criticality` },
    "entity.riskScore": { kind: "float", column: sql`e.score` },
    "entity.riskBand": { kind: "keyword", column: sql`e.band` },
    "entity.assetCount": { kind: "integer", column: sql`e.assets`, isRequired: true },
    "entity.findingCount": { kind: "integer", column: sql`e.findings`, isRequired: true },
  },
};

const COUNTS = {
  risk: sql`a.risk`,
  findings: sql`a.finding_count`,
  critical: sql`a.critical_count`,
  high: sql`a.high_count`,
  medium: sql`a.medium_count`,
  low: sql`a.low_count`,
};

/**
 * The entities of the caller, as `e`. With a scope those of its tags: all of their assets are the caller's to see, so that
 * everybody is shown the same numbers.
 */
export function entities(db: ScopedDb): RawBuilder<unknown> {
  const { scope, subscriptionId } = db;
  const isVisible = (id: RawBuilder<unknown>) =>
    scope.kind === "all" ? sql`TRUE` : sql`${id} = ANY (${[...scope.tagIds]}::integer[])`;
  const counts = Object.keys(COUNTS).map((name) => sql`coalesce(s.${sql.id(name)}, 0) AS ${sql.id(name)}`);
  return sql`(
    SELECT x.*, ${riskBand(sql`x.score`, sql`${subscriptionId}`)} AS band FROM (
      SELECT t.id, t.name, p.name AS parent, t.criticality, coalesce(s.assets, 0) AS assets, ${sql.join(counts)},
        round(s.risk::numeric / s.assets, 2)::double precision AS score
      FROM tag t
      LEFT JOIN ${sumByEntity(subscriptionId, sql`asset a`, COUNTS)} s ON s.entity_id = t.id
      LEFT JOIN tag p ON p.subscription_id = t.subscription_id AND p.id = t.parent_id AND ${isVisible(sql`p.id`)}
      WHERE t.subscription_id = ${subscriptionId} AND ${isVisible(sql`t.id`)}
    ) x
  ) e`;
}

/** Entities of the caller, in the order of the ids. */
export async function readEntities(db: ScopedDb, ids: readonly number[]): Promise<EntityRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<EntityRow>`
    SELECT e.id, e.name, e.parent, e.criticality, e.assets AS "assetCount", e.score AS "truRiskScore",
      e.band AS "truRiskBand", e.findings AS "findingCount",
      json_build_object('CRITICAL', e.critical, 'HIGH', e.high, 'MEDIUM', e.medium, 'LOW', e.low) AS "openByBand"
    FROM unnest(${ids}::integer[]) WITH ORDINALITY AS m(id, ordinal) JOIN ${entities(db)} ON e.id = m.id
    ORDER BY m.ordinal`.execute(db.read);
  return rows;
}
