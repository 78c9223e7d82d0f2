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

/** What a user holds: a role and the assets it acts on. */
export type Holding = { role: { name: string; permissions: readonly string[] }; scope: Scope };

/** Who asks: of a caller only what the rules look at. */
export type Granter = Pick<Caller, "role" | "permissions" | "scope">;

/**
 * Whether the caller may give all this, and so may change, reset or delete who has it:
 * docs/decisions/0009-who-may-grant-what.md. Every change of a user asks for what it holds before and after.
 *
 * @throws AppError `permission-required`
 */
export function assertMayGrant(caller: Granter, { role, scope }: Holding): void {
  assertMayGrantRole(caller, role, { withScope: scope.kind === "all" || scope.tagIds.length > 0 });
  assertMayGrantScope(caller, scope);
}

/**
 * Whether the caller may give the role. The names of shipped roles are theirs alone (modules/roles), so a name tells
 * which one it is.
 *
 * @throws AppError `permission-required`
 */
export function assertMayGrantRole(
  caller: Granter,
  role: Holding["role"],
  { withScope }: { withScope: boolean },
): void {
  if (caller.role === "Manager") return;
  const missing = findMissing(caller, role.permissions);
  if (missing === undefined && role.name !== "Manager") return;
  if (caller.role !== "User Administrator")
    throw new AppError("permission-required", `${missing ?? "Manager"} is required`);
  const isDataRole = !role.permissions.some((name) => UNSCOPED.includes(name));
  if (!isDataRole) throw new AppError("permission-required", "Manager is required");
  if (withScope)
    throw new AppError("permission-required", "Manager is required to give a scope, or to change who has one");
}

/**
 * Nobody makes or extends a role beyond what they hold themselves.
 *
 * @throws AppError `permission-required`
 */
export function assertHoldsAll(caller: Granter, permissions: readonly string[]): void {
  const missing = findMissing(caller, permissions);
  if (missing !== undefined) throw new AppError("permission-required", `${missing} is required`);
}

/**
 * Nobody gives a sight of more than the own scope shows.
 *
 * @throws AppError `permission-required`
 */
export function assertMayGrantScope(caller: Granter, scope: Scope): void {
  if (isScopeWithin(scope, caller.scope)) return;
  throw new AppError("permission-required", "scopeTags: a scope within your own is required");
}

function findMissing(caller: Granter, permissions: readonly string[]): string | undefined {
  const held: ReadonlySet<string> = caller.permissions;
  return permissions.find((permission) => !held.has(permission));
}
