import { adminUserList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";

export type User = ResultOf<typeof adminUserList>[number];

export const USERS: Noun<User> = {
  one: "user",
  many: "users",
  columns: [
    ["User", (user) => user.username],
    ["Name", (user) => user.fullName],
    ["Role", (user) => user.role],
    ["Status", (user) => user.status],
    ["Unit", (user) => user.businessUnit],
    ["Sees", (user) => (user.hasFullScope ? "everything" : user.scopeTags.join(", ") || "nothing")],
  ],
  readAll: async (session) => (await session.call(adminUserList)).json(),
  namesOf: (user) => [user.username, String(user.id)],
};
