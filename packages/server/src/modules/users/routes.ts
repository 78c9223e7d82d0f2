import { adminUserCreate, adminUserList } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Database } from "../../db/pool.ts";
import { createUser } from "./service.ts";
import { listUsers } from "./store.ts";
import { toUser } from "./views.ts";

export function userRoutes(audit: Database): readonly Binding[] {
  return [
    bind(adminUserCreate, async ({ db, caller, address, body }) => {
      return { value: toUser(await createUser(db, audit, { caller, address }, body)) };
    }),
    bind(adminUserList, async ({ db }) => {
      const users = await listUsers(db);
      return { value: users.map(toUser), count: users.length };
    }),
  ];
}
