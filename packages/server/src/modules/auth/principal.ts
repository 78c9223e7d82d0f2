import { type Limits, SERVICE_LEVELS, type SubscriptionLimits } from "@breakwater/domain/limits/index";
import { type RawBuilder, sql } from "kysely";
import type { Caller } from "../../caller.ts";
import type { NetworkSet } from "../../config/networks.ts";
import { toAllowList } from "./allow-list.ts";

/** What a subscription lays down for everybody who calls in it. */
export type SubscriptionTerms = {
  limits: SubscriptionLimits;
  /** Undefined: calls may come from anywhere. */
  allowList: NetworkSet | undefined;
};

/** Who calls, and on which terms. */
export type Principal = SubscriptionTerms & {
  caller: Caller;
  /** Tokens of a lower generation are dead, one of a higher is proof that this principal is out of date. */
  tokenGeneration: number;
};

/** Columns of {@link TermColumns} over the subscription row `s`. */
export const termColumns = sql`
  s.service_level, s.rate_limit, s.rate_window_sec, s.concurrency_limit, s.allowed_addresses,
  (SELECT coalesce(json_agg(l), '[]') FROM api_limit l WHERE l.subscription_id = s.id) AS per_api`;

export type TermColumns = LimitColumns & {
  service_level: keyof typeof SERVICE_LEVELS | "Custom";
  allowed_addresses: string[];
  per_api: ({ api: string } & LimitColumns)[];
};
type LimitColumns = { rate_limit: number | null; rate_window_sec: number | null; concurrency_limit: number | null };

/** The tags of a row's `scope_tag_ids` and all below them, as an array; a scope covers both (platform.md 3). */
export function coveredTagIds(row: "u" | "c"): RawBuilder<number[]> {
  return sql<number[]>`ARRAY(
    WITH RECURSIVE covered AS (
      SELECT unnest(${sql.ref(`${row}.scope_tag_ids`)}) AS id
      UNION SELECT t.id FROM covered
      JOIN tag t ON t.subscription_id = ${sql.ref(`${row}.subscription_id`)} AND t.parent_id = covered.id
    ) SELECT id FROM covered ORDER BY id)`;
}

export function toSubscriptionTerms(row: TermColumns): SubscriptionTerms {
  return { limits: toSubscriptionLimits(row), allowList: toAllowList(row.allowed_addresses) };
}

/** A column left empty falls back: of an API to its subscription, of a custom subscription to Standard. */
function toSubscriptionLimits(row: TermColumns): SubscriptionLimits {
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
