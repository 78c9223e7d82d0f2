import { PERMISSIONS, type Permission, SHIPPED_ROLES } from "@breakwater/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Caller } from "../../caller.ts";
import { assertMayGrantRole, assertMayGrantScope } from "./grants.ts";

type Role = { name: string; permissions: readonly Permission[] };

const shipped = (name: string): Role => SHIPPED_ROLES.find((role) => role.name === name) as Role;
const callerOf = (role: Role, tagIds?: number[]): Caller => ({
  subscriptionId: 1,
  isOperator: true,
  account: { kind: "user", id: 1 },
  username: "u",
  role: role.name,
  permissions: new Set(role.permissions),
  scope: tagIds ? { kind: "tags", tagIds } : { kind: "all" },
});
const may = (check: () => void): boolean => {
  try {
    check();
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "permission-required" });
    return false;
  }
};
const grantable = (caller: Role, withScopeTags: boolean) =>
  SHIPPED_ROLES.filter((role) => may(() => assertMayGrantRole(callerOf(caller), role, { withScopeTags }))).map(
    ({ name }) => name,
  );

test("a Manager gives every role", () => {
  expect(grantable(shipped("Manager"), true)).toHaveLength(SHIPPED_ROLES.length);
});

test("a User Administrator gives roles of data only without scope tags, and none that no scope bounds", () => {
  const own = ["User Administrator", "Contact"];
  expect(grantable(shipped("User Administrator"), true)).toEqual(own);
  expect(new Set(grantable(shipped("User Administrator"), false))).toEqual(
    new Set([...own, "Scanner", "Reader", "ETM Manager", "ETM Viewer", "VMDR OT user"]),
  );
});

test("whoever has a custom role gives only roles whose permissions they hold", () => {
  const permissions = fc.subarray([...PERMISSIONS]);
  fc.assert(
    fc.property(permissions, permissions, fc.boolean(), (held, given, withScopeTags) => {
      const caller = callerOf({ name: "Custom", permissions: held });
      const isAllowed = may(() => assertMayGrantRole(caller, { name: "Other", permissions: given }, { withScopeTags }));
      expect(isAllowed).toBe(given.every((permission) => held.includes(permission)));
    }),
  );
});

test("nobody gives a scope beyond the own", () => {
  const all = callerOf(shipped("Manager"));
  const some = callerOf(shipped("Manager"), [1, 2]);
  const scopes = [{ kind: "all" }, ...[[], [1], [2, 1], [1, 3]].map((tagIds) => ({ kind: "tags", tagIds }))] as const;
  expect(scopes.map((scope) => may(() => assertMayGrantScope(all, scope as Caller["scope"])))).toEqual(
    scopes.map(() => true),
  );
  expect(scopes.map((scope) => may(() => assertMayGrantScope(some, scope as Caller["scope"])))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ]);
});
