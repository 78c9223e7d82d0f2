import { type Module, PERMISSION_MODULES, PERMISSIONS, type Permission } from "@breakwater/contract";
import { type RawBuilder, sql } from "kysely";
import type { Database } from "../../db/pool.ts";
import { coveredTagIds, type Principal, type TermColumns, termColumns, toSubscriptionTerms } from "./principal.ts";
import { readUserPrincipal } from "./user-principal.ts";

/** What a client is as a caller: no role of a user's, so that rules by the name of a role do not take it for one. */
const CLIENT_ROLE = "API client";

type ClientRow = TermColumns & {
  name: string;
  user_id: number | null;
  modules: Module[];
  permissions: string[];
  has_full_scope: boolean;
  covered_tag_ids: number[];
  is_operator: boolean;
};

/** Those of the permissions that belong to one of the modules, in the order of the contract. */
export function toModulePermissions(permissions: Iterable<string>, modules: readonly Module[]): Permission[] {
  const held = new Set(permissions);
  return PERMISSIONS.filter((name) => held.has(name) && modules.includes(PERMISSION_MODULES[name]));
}

/** Condition on the client row `c`: neither revoked nor expired. */
function isLiveAt(nowMs: number): RawBuilder<boolean> {
  return sql<boolean>`c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > ${new Date(nowMs)})`;
}

/**
 * The API client as a caller (platform.md 2.2); undefined when there is none, or it or its user may not call. A user's
 * client is the user, within its modules; a subscription's has what it was given.
 */
export async function readClientPrincipal(
  db: Database,
  subscriptionId: number,
  clientId: string,
  nowMs: number,
): Promise<Principal | undefined> {
  const { rows } = await sql<ClientRow>`
    SELECT c.name, c.user_id, c.modules, c.permissions, c.has_full_scope, ${termColumns},
           s.id = (SELECT min(id) FROM subscription) AS is_operator,
           ${coveredTagIds("c")} AS covered_tag_ids
    FROM api_client c JOIN subscription s ON s.id = c.subscription_id
    WHERE c.subscription_id = ${subscriptionId} AND c.id = ${clientId} AND ${isLiveAt(nowMs)}`.execute(db.read);
  const row = rows[0];
  if (!row) return undefined;
  if (row.user_id === null) return toPrincipal(row, subscriptionId, clientId);
  const user = await readUserPrincipal(db, subscriptionId, row.user_id, nowMs);
  return user && toUserClient(user, clientId, row.modules);
}

function toPrincipal(row: ClientRow, subscriptionId: number, clientId: string): Principal {
  return {
    ...toSubscriptionTerms(row),
    tokenGeneration: 0,
    caller: {
      subscriptionId,
      isOperator: row.is_operator,
      account: { kind: "client", id: clientId },
      username: `client:${row.name}`,
      role: CLIENT_ROLE,
      permissions: new Set(toModulePermissions(row.permissions, row.modules)),
      scope: row.has_full_scope ? { kind: "all" } : { kind: "tags", tagIds: row.covered_tag_ids },
    },
  };
}

/** A Manager's client that has not every module is no Manager: whoever is gives every role, whatever they hold. */
function toUserClient(user: Principal, clientId: string, modules: readonly Module[]): Principal {
  const { caller } = user;
  const permissions = new Set(toModulePermissions(caller.permissions, modules));
  const isNarrowed = permissions.size < caller.permissions.size;
  const role = caller.role === "Manager" && isNarrowed ? CLIENT_ROLE : caller.role;
  return {
    ...user,
    // A change of the password ends what the password was good for; a client has a secret of its own.
    tokenGeneration: 0,
    caller: { ...caller, account: { kind: "client", id: clientId }, role, permissions },
  };
}
