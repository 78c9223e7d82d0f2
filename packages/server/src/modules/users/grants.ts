import { AppError, type Permission } from "@breakwater/contract";
import { type Caller, isScopeWithin, type Scope } from "../../caller.ts";

/** What no scope bounds: whoever holds one of these reads or changes things of the whole subscription. */
const UNSCOPED: readonly string[] = [
  "User Management Access",
  "Tag Management Access",
  "Client Management Access",
  "Limit Management Access",
  "Version Management Access",
  "Subscription Management Access",
  "Audit Log Access",
] satisfies Permission[];

/**
 * Whether the caller may give the role: docs/decisions/0009-who-may-grant-what.md.
 *
 * @throws AppError `permission-required`
 */
export function assertMayGrantRole(
  caller: Caller,
  role: { name: string; permissions: readonly string[] },
  { withScopeTags }: { withScopeTags: boolean },
): void {
  if (caller.role === "Manager") return;
  const held: ReadonlySet<string> = caller.permissions;
  const missing = role.permissions.find((permission) => !held.has(permission));
  if (missing === undefined) return;
  if (caller.role !== "User Administrator") throw new AppError("permission-required", `${missing} is required`);
  const isDataRole = role.name !== "Unit Manager" && !role.permissions.some((name) => UNSCOPED.includes(name));
  if (!isDataRole) throw new AppError("permission-required", "Manager is required");
  if (withScopeTags) throw new AppError("permission-required", "Manager is required to give scopeTags");
}

/**
 * Nobody gives a sight of more than the own scope shows.
 *
 * @throws AppError `permission-required`
 */
export function assertMayGrantScope(caller: Caller, scope: Scope): void {
  if (isScopeWithin(scope, caller.scope)) return;
  throw new AppError("permission-required", "scopeTags: a scope within your own is required");
}
