import type { Columns } from "../../output.ts";

/** A user as the API shows it. */
export type User = {
  username: string;
  fullName: string;
  role: string;
  status: string;
  hasFullScope: boolean;
  scopeTags: readonly string[];
};

export const USER_COLUMNS: Columns<User> = [
  ["User", (user) => user.username],
  ["Name", (user) => user.fullName],
  ["Role", (user) => user.role],
  ["Status", (user) => user.status],
  ["Sees", (user) => (user.hasFullScope ? "everything" : user.scopeTags.join(", ") || "nothing")],
];
