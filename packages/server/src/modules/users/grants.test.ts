import { PERMISSIONS, type Permission, SHIPPED_ROLES } from "@breakwater/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Scope } from "../../caller.ts";
import { assertHoldsAll, assertMayGrant, assertMayGrantRole, assertMayGrantScope, type Granter } from "./grants.ts";

type Role = { name: string; permissions: readonly Permission[] };

const shipped = (name: string): Role => SHIPPED_ROLES.find((role) => role.name === name) as Role;
const granterOf = (role: Role, scope: Scope = { kind: "all" }): Granter => ({
  role: role.name,
  permissions: new Set(role.permissions),
  scope,
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
const grantable = (granter: Role, withScope: boolean) =>
  SHIPPED_ROLES.filter((role) => may(() => assertMayGrantRole(granterOf(granter), role, { withScope }))).map(
    ({ name }) => name,
  );

test("a Manager gives every role", () => {
  expect(grantable(shipped("Manager"), true)).toHaveLength(SHIPPED_ROLES.length);
});

test("a User Administrator gives roles of data only without a scope, and none that no scope bounds", () => {
  const own = ["User Administrator", "Contact"];
  expect(grantable(shipped("User Administrator"), true)).toEqual(own);
  expect(new Set(grantable(shipped("User Administrator"), false))).toEqual(
    new Set([...own, "Scanner", "Reader", "ETM Manager", "ETM Viewer", "VMDR OT user"]),
  );
});

test("a Unit Manager gives its own role and those below it", () => {
  expect(new Set(grantable(shipped("Unit Manager"), true))).toEqual(
    new Set([
      "Unit Manager",
      "Scanner",
      "Reader",
      "User Administrator",
      "Contact",
      "ETM Manager",
      "ETM Viewer",
      "VMDR OT user",
    ]),
  );
});

test("whoever has a custom role gives only roles whose permissions they hold, and never Manager", () => {
  const permissions = fc.subarray([...PERMISSIONS]);
  fc.assert(
    fc.property(permissions, permissions, fc.boolean(), (held, given, withScope) => {
      const granter = granterOf({ name: "Custom", permissions: held });
      const isWithin = given.every((permission) => held.includes(permission));
      const role = { name: "Other", permissions: given };
      expect(may(() => assertMayGrantRole(granter, role, { withScope }))).toBe(isWithin);
      expect(may(() => assertHoldsAll(granter, given))).toBe(isWithin);
    }),
  );
  const almighty = granterOf({ name: "Custom", permissions: PERMISSIONS });
  expect(may(() => assertMayGrantRole(almighty, shipped("Manager"), { withScope: true }))).toBe(false);
});

test("nobody gives a scope beyond the own", () => {
  const all = granterOf(shipped("Manager"));
  const some = granterOf(shipped("Manager"), { kind: "tags", tagIds: [1, 2] });
  const scopes = [{ kind: "all" }, ...[[], [1], [2, 1], [1, 3]].map((tagIds) => ({ kind: "tags", tagIds }))] as Scope[];
  expect(scopes.map((scope) => may(() => assertMayGrantScope(all, scope)))).toEqual(scopes.map(() => true));
  expect(scopes.map((scope) => may(() => assertMayGrantScope(some, scope)))).toEqual([false, true, true, true, false]);
});

// The attackers' game: somebody who manages users does whatever the rules let pass, in any order, and so does everybody
// whose password they have set on the way. The oracle knows no rule, only what each may do to which asset.

const TAGS = [1, 2, 3];
const DATA: readonly Permission[] = ["ETM API Access", "VMDR OT.API.ACCESS", "Import Findings Access"];
const OTHER: readonly Permission[] = ["User Management Access", "Tag Management Access", "Audit Log Access"];

type User = { role: number; scope: Scope };
type World = { roles: Role[]; users: User[] };

/** Everything that a user may do: a permission on the assets of a tag (or of none), or one that no scope bounds. */
function powersOf({ roles }: World, { role, scope }: User): string[] {
  const permissions = (roles[role] as Role).permissions;
  const seen = scope.kind === "all" ? [...TAGS, "untagged"] : scope.tagIds;
  return permissions.flatMap((name) => (DATA.includes(name) ? seen.map((tag) => `${name} on ${tag}`) : [name]));
}

const roleOf = (name: string) =>
  fc.constant<Role>({
    name,
    permissions: [...DATA, ...OTHER].filter((permission) => shipped(name).permissions.includes(permission)),
  });
const permissions = fc.subarray([...DATA, ...OTHER]);
const scope = fc.oneof(
  fc.constant<Scope>({ kind: "all" }),
  fc.subarray(TAGS).map((tagIds): Scope => ({ kind: "tags", tagIds })),
);
const SHIPPED = ["Manager", "Unit Manager", "User Administrator", "Reader", "Scanner", "Auditor"];
const roles = fc.tuple(
  ...SHIPPED.map(roleOf),
  ...Array.from({ length: 3 }, () => permissions.map((held): Role => ({ name: "Custom", permissions: held }))),
);
const index = fc.nat({ max: 30 });
const step = fc.record({
  kind: fc.constantFrom("create", "update", "reset", "createRole", "updateRole"),
  actor: index,
  target: index,
  role: index,
  scope,
  permissions,
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** What the services ask before they write, and then the change. @returns the users who changed; undefined: refused */
function play(world: World, actor: User, { kind, target, role, scope, permissions }: Step): User[] | undefined {
  const granter = granterOf(world.roles[actor.role] as Role, actor.scope);
  const holding = (user: User) => ({ role: world.roles[user.role] as Role, scope: user.scope });
  const given: User = { role: role % world.roles.length, scope };
  const custom = SHIPPED.length + (target % (world.roles.length - SHIPPED.length));
  const changed: Role = { name: "Custom", permissions };
  if (!granter.permissions.has("User Management Access")) return undefined;
  switch (kind) {
    case "create":
      if (!may(() => assertMayGrant(granter, holding(given)))) return undefined;
      world.users.push(given);
      return [given];
    case "update":
    case "reset": {
      const user = world.users[target % world.users.length] as User;
      const after = kind === "update" ? given : user;
      if (!may(() => [user, after].map((state) => assertMayGrant(granter, holding(state))))) return undefined;
      return [Object.assign(user, after)];
    }
    case "createRole":
      if (may(() => assertHoldsAll(granter, permissions))) world.roles.push(changed);
      return undefined;
    case "updateRole": {
      const users = world.users.filter((user) => user.role === custom);
      const before = world.roles[custom] as Role;
      const isAllowed = may(() => {
        assertHoldsAll(granter, [...before.permissions, ...permissions]);
        for (const user of users) {
          assertMayGrant(granter, holding(user));
          assertMayGrant(granter, { role: changed, scope: user.scope });
        }
      });
      if (!isAllowed) return undefined;
      world.roles[custom] = changed;
      return users;
    }
  }
}

test("no sequence of permitted changes lets anybody end with more than who began it", () => {
  let changes = 0;
  // Mostly somebody who may change users at all.
  const first = fc.record({ role: fc.constantFrom(0, 1, 2, 6), scope });
  const users = fc.array(fc.record({ role: index, scope }), { minLength: 1, maxLength: 5 });
  const steps = fc.array(step, { minLength: 5, maxLength: 25 });
  fc.assert(
    fc.property(roles, first, users, steps, (given, beginner, others, moves) => {
      const world: World = {
        roles: [...given],
        users: [beginner, ...others].map((user) => ({ role: user.role % given.length, scope: user.scope })),
      };
      const attacker = world.users[0] as User;
      const powers = new Set(powersOf(world, attacker));
      const accomplices = new Set([attacker]);
      for (const move of moves) {
        const actor = [...accomplices][move.actor % accomplices.size] as User;
        for (const user of play(world, actor, move) ?? []) {
          changes += 1;
          accomplices.add(user);
        }
        for (const user of accomplices) {
          expect(powersOf(world, user).filter((power) => !powers.has(power))).toEqual([]);
        }
      }
    }),
    { numRuns: 2000 },
  );
  // The rules do let something pass, or the game would prove nothing.
  expect(changes).toBeGreaterThan(1000);
});
