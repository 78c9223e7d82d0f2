import { adminUserCreate, adminUserDelete, adminUserGet, adminUserList, adminUserUpdate } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { createUser, deleteUser, getUser, listManagedUsers, type Parts, updateUser } from "./service.ts";
import { toUser } from "./views.ts";

export function userRoutes(parts: Parts): readonly Binding[] {
  return [
    bind(adminUserCreate, async ({ db, caller, address, body }) => {
      return { value: toUser(await createUser(db, parts, { caller, address }, body)) };
    }),
    bind(adminUserList, async ({ db, caller, address }) => {
      const users = await listManagedUsers(db, parts, { caller, address });
      return { value: users.map(toUser), count: users.length };
    }),
    bind(adminUserGet, async ({ db, caller, address, params }) => {
      return { value: toUser(await getUser(db, parts, { caller, address }, params.userId)) };
    }),
    bind(adminUserUpdate, async ({ db, caller, address, params, body }) => {
      const user = await updateUser(db, parts, { caller, address }, { id: params.userId, change: body });
      return { value: toUser(user) };
    }),
    bind(adminUserDelete, async ({ db, caller, address, params }) => {
      await deleteUser(db, parts, { caller, address }, params.userId);
      return { empty: true };
    }),
  ];
}
