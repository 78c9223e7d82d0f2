import type { Permission } from "@breakwater/contract";

/** Which assets a caller sees: all of the subscription, or those carrying any of the tags (none: no asset). */
export type Scope = { kind: "all" } | { kind: "tags"; tagIds: readonly number[] };

/** What a token was issued to: a person's account, or an API client. */
export type Account = { kind: "user"; id: number } | { kind: "client"; id: string };

/** Whoever a request acts for, as the database knows them now (at most a second ago). */
export type Caller = {
  subscriptionId: number;
  /** Whether that subscription is the operator's, the first one: it alone changes what concerns the installation. */
  isOperator: boolean;
  account: Account;
  /** The user's name; of a subscription-level client `client:` and its name, which no user can have. */
  username: string;
  role: string;
  permissions: ReadonlySet<Permission>;
  scope: Scope;
};

/** Whether everything that `inner` sees is seen by `outer` too. */
export function isScopeWithin(inner: Scope, outer: Scope): boolean {
  if (outer.kind === "all") return true;
  if (inner.kind === "all") return false;
  const seen = new Set(outer.tagIds);
  return inner.tagIds.every((id) => seen.has(id));
}
