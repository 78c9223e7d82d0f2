import { adminRoleCreate, adminRoleDelete, adminRoleGet, adminRoleList, adminRoleUpdate } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { createRole, deleteRole, getRole, type Parts, updateRole } from "./service.ts";
import { listRoles } from "./store.ts";
import { toRole } from "./views.ts";

export function roleRoutes(parts: Parts): readonly Binding[] {
  return [
    bind(adminRoleCreate, async ({ db, caller, address, body }) => {
      return { value: toRole(await createRole(db, { caller, address }, body)) };
    }),
    bind(adminRoleList, async ({ db }) => {
      const roles = await listRoles(db);
      return { value: roles.map(toRole), count: roles.length };
    }),
    bind(adminRoleGet, async ({ db, params }) => ({ value: toRole(await getRole(db, params.roleId)) })),
    bind(adminRoleUpdate, async ({ db, caller, address, params, body }) => {
      const role = await updateRole(db, parts, { caller, address }, { id: params.roleId, change: body });
      return { value: toRole(role) };
    }),
    bind(adminRoleDelete, async ({ db, caller, address, params }) => {
      await deleteRole(db, { caller, address }, params.roleId);
      return { empty: true };
    }),
  ];
}
