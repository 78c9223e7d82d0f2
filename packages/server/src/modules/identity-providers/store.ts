import { sql } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";

/** What is chosen of a provider; exactly one of `jwks_url` and `certificates` is there. */
export type ProviderSettings = {
  name: string;
  issuer: string;
  audience: string;
  jwks_url: string | null;
  certificates: string[];
  user_claim: "sub" | "email";
};
export type ProviderRow = ProviderSettings & { id: number; created_by: string; created_at: Date };

/** Providers of the subscription, by name; `id` narrows to one. */
export async function listProviders(db: ScopedDb, id?: number): Promise<ProviderRow[]> {
  const { rows } = await sql<ProviderRow>`
    SELECT id, name, issuer, audience, jwks_url, certificates, user_claim, created_by, created_at FROM identity_provider
    WHERE subscription_id = ${db.subscriptionId} AND (${id ?? null}::integer IS NULL OR id = ${id ?? null})
    ORDER BY lower(name), id`.execute(db.write);
  return rows;
}

/** Id of the new provider; undefined when its name or, in any subscription, its issuer and audience are taken. */
export async function insertProvider(
  db: ScopedDb,
  provider: ProviderSettings,
  created: { by: string; at: Date },
): Promise<number | undefined> {
  const { name, issuer, audience, jwks_url, certificates, user_claim } = provider;
  const { rows } = await sql<{ id: number }>`
    INSERT INTO identity_provider (subscription_id, name, issuer, audience, jwks_url, certificates, user_claim, created_by,
                                   created_at)
    VALUES (${db.subscriptionId}, ${name}, ${issuer}, ${audience}, ${jwks_url}, ${certificates}::text[], ${user_claim},
            ${created.by}, ${created.at})
    ON CONFLICT DO NOTHING RETURNING id`.execute(db.write);
  return rows[0]?.id;
}

/** False when what has to be unique is another's. */
export async function writeProvider(db: ScopedDb, id: number, provider: ProviderSettings): Promise<boolean> {
  const { name, issuer, audience, jwks_url, certificates, user_claim } = provider;
  try {
    await sql`
      UPDATE identity_provider
      SET name = ${name}, issuer = ${issuer}, audience = ${audience}, jwks_url = ${jwks_url},
          certificates = ${certificates}::text[], user_claim = ${user_claim}
      WHERE subscription_id = ${db.subscriptionId} AND id = ${id}`.execute(db.write);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return false;
    throw error;
  }
}

const UNIQUE_VIOLATION = "23505";

export async function deleteProvider(db: ScopedDb, id: number): Promise<ProviderRow | undefined> {
  const { rows } = await sql<ProviderRow>`
    DELETE FROM identity_provider WHERE subscription_id = ${db.subscriptionId} AND id = ${id} RETURNING *`.execute(
    db.write,
  );
  return rows[0];
}
