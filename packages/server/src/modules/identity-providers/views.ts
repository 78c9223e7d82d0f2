import type { ProviderRow } from "./store.ts";

export function toIdentityProvider(row: ProviderRow) {
  return {
    id: row.id,
    name: row.name,
    issuer: row.issuer,
    audience: row.audience,
    jwksUrl: row.jwks_url,
    certificates: row.certificates,
    userClaim: row.user_claim,
    created: row.created_at.toISOString(),
    createdBy: row.created_by,
  };
}
