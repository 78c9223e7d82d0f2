import type { Clock, ServerModule } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { userRoutes } from "./routes.ts";

export { administer } from "./administer.ts";
export { assertRoomFor } from "./caps.ts";
export { toTagIds } from "./changes.ts";
export { addSubscription, type FirstManager, prepareInstallation } from "./first-start.ts";
export { assertHoldsAll, assertMayGrant, assertMayGrantScope } from "./grants.ts";
export { assertUsername, assertVisibleName } from "./names.ts";
export { assertReachesAll, type Reach, readReach } from "./reach.ts";
export { listMembers, listTagsBelow, type Member, writeScopes } from "./store.ts";

export function createUsersModule(context: { db: Database; clock: Clock }): ServerModule {
  return { bindings: userRoutes({ clock: context.clock }) };
}
