import { PERMISSIONS, type Permission } from "@breakwater/contract";
import { type Limits, SERVICE_LEVELS, type SubscriptionLimits } from "@breakwater/domain/limits/index";
import { sql } from "kysely";
import type { Account, Caller } from "../../caller.ts";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";

/**
 * How long an answer of the database is believed. Below one second, so that a deactivated user or changed role takes
 * effect on live tokens within a second on every node (platform.md 2.3), at the price of one small query per active
 * user and second.
 */
const FRESH_MS = 900;
const MAX_CACHED = 10_000;

/** Who calls, and how much their subscription may call. */
export type Principal = { caller: Caller; limits: SubscriptionLimits };

type Entry = { principal: Principal | undefined; readAt: number };

/** Who may call now, with which role, permissions and scope, and under which limits. */
export class PrincipalDirectory {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Map<string, Promise<Principal | undefined>>();

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** The principal at once, when known freshly enough: undefined means ask {@link find}. */
  peek(subscriptionId: number, account: Account): Principal | undefined {
    const entry = this.#entries.get(toKey(subscriptionId, account));
    return entry && Math.abs(this.#clock() - entry.readAt) < FRESH_MS ? entry.principal : undefined;
  }

  /** The principal; undefined when there is no such active user with API access. Concurrent calls share one query. */
  find(subscriptionId: number, account: Account): Promise<Principal | undefined> {
    const key = toKey(subscriptionId, account);
    const pending = this.#pending.get(key) ?? this.#read(key, subscriptionId, account);
    this.#pending.set(key, pending);
    return pending;
  }

  async #read(key: string, subscriptionId: number, account: Account): Promise<Principal | undefined> {
    const readAt = this.#clock();
    try {
      const principal = await readPrincipal(this.#db, subscriptionId, account);
      if (this.#entries.size >= MAX_CACHED) this.#entries.clear();
      this.#entries.set(key, { principal, readAt });
      return principal;
    } finally {
      this.#pending.delete(key);
    }
  }
}

type PrincipalRow = {
  is_operator: boolean;
  username: string;
  role: string;
  permissions: string[];
  has_full_scope: boolean;
  scope_tag_ids: number[];
  service_level: keyof typeof SERVICE_LEVELS | "Custom";
  rate_limit: number | null;
  rate_window_sec: number | null;
  concurrency_limit: number | null;
  per_api: ({ api: string } & LimitColumns)[];
};
type LimitColumns = Pick<PrincipalRow, "rate_limit" | "rate_window_sec" | "concurrency_limit">;

function toKey(subscriptionId: number, account: Account): string {
  return `${subscriptionId}/${account.kind}/${account.id}`;
}

async function readPrincipal(db: Database, subscriptionId: number, account: Account): Promise<Principal | undefined> {
  if (account.kind !== "user") return undefined;
  const { rows } = await sql<PrincipalRow>`
    SELECT u.username, s.id = (SELECT min(id) FROM subscription) AS is_operator, r.name AS role, r.permissions, u.has_full_scope, u.scope_tag_ids,
           s.service_level, s.rate_limit, s.rate_window_sec, s.concurrency_limit,
           (SELECT coalesce(json_agg(l), '[]') FROM api_limit l WHERE l.subscription_id = s.id) AS per_api
    FROM app_user u
    JOIN role r ON r.subscription_id = u.subscription_id AND r.id = u.role_id
    JOIN subscription s ON s.id = u.subscription_id
    WHERE u.subscription_id = ${subscriptionId} AND u.id = ${account.id} AND u.status = 'ACTIVE' AND r.has_api_access
  `.execute(db.read);
  const row = rows[0];
  if (!row) return undefined;
  const caller: Caller = {
    subscriptionId,
    isOperator: row.is_operator,
    account,
    username: row.username,
    role: row.role,
    permissions: new Set(row.permissions.filter(isPermission)),
    scope: row.has_full_scope ? { kind: "all" } : { kind: "tags", tagIds: row.scope_tag_ids },
  };
  return { caller, limits: toSubscriptionLimits(row) };
}

/** A column left empty falls back: of an API to its subscription, of a custom subscription to Standard. */
function toSubscriptionLimits(row: PrincipalRow): SubscriptionLimits {
  const level = row.service_level;
  const own = level === "Custom" ? withColumns(SERVICE_LEVELS.Standard, row) : SERVICE_LEVELS[level];
  const perApi = new Map(row.per_api.map((columns) => [columns.api, withColumns(own, columns)]));
  return level === "Custom" ? { level, custom: own, perApi } : { level, perApi };
}

function withColumns(base: Limits, columns: LimitColumns): Limits {
  return {
    maxConcurrent: columns.concurrency_limit ?? base.maxConcurrent,
    maxCalls: columns.rate_limit ?? base.maxCalls,
    windowSec: columns.rate_window_sec ?? base.windowSec,
  };
}

function isPermission(name: string): name is Permission {
  return (PERMISSIONS as readonly string[]).includes(name);
}
