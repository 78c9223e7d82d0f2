import { PERMISSIONS, type Permission } from "@breakwater/contract";
import { sql } from "kysely";
import type { Database } from "../../db/pool.ts";
import { isActiveAt } from "./accounts.ts";
import { coveredTagIds, type Principal, type TermColumns, termColumns, toSubscriptionTerms } from "./principal.ts";

type UserRow = TermColumns & {
  is_operator: boolean;
  username: string;
  role: string;
  permissions: string[];
  has_full_scope: boolean;
  covered_tag_ids: number[];
  token_generation: number;
};

/**
 * The user as a caller; undefined when there is no such active user with API access. A scope tag covers the tags below
 * it, as they are now: scope is evaluated at read time (platform.md 3).
 */
export async function readUserPrincipal(
  db: Database,
  subscriptionId: number,
  userId: number,
  nowMs: number,
): Promise<Principal | undefined> {
  const { rows } = await sql<UserRow>`
    SELECT u.username, s.id = (SELECT min(id) FROM subscription) AS is_operator, r.name AS role, r.permissions,
           u.has_full_scope, u.token_generation, ${termColumns},
           ${coveredTagIds("u")} AS covered_tag_ids
    FROM app_user u
    JOIN role r ON r.subscription_id = u.subscription_id AND r.id = u.role_id
    JOIN subscription s ON s.id = u.subscription_id
    WHERE u.subscription_id = ${subscriptionId} AND u.id = ${userId} AND ${isActiveAt(nowMs)} AND r.has_api_access
  `.execute(db.read);
  const row = rows[0];
  if (!row) return undefined;
  return {
    ...toSubscriptionTerms(row),
    tokenGeneration: row.token_generation,
    caller: {
      subscriptionId,
      isOperator: row.is_operator,
      account: { kind: "user", id: userId },
      username: row.username,
      role: row.role,
      permissions: new Set(row.permissions.filter(isPermission)),
      scope: row.has_full_scope ? { kind: "all" } : { kind: "tags", tagIds: row.covered_tag_ids },
    },
  };
}

function isPermission(name: string): name is Permission {
  return (PERMISSIONS as readonly string[]).includes(name);
}
