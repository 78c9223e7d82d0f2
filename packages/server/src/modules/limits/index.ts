import { OPERATIONS, type Operation } from "@breakwater/contract";
import type { ModuleContext, ServerModule } from "../../context.ts";
import type { Limiter } from "../../limits/index.ts";
import { limitRoutes } from "./routes.ts";

export { readLimitsNamespace } from "./store.ts";

/** @param forget what this node believes of a subscription's callers is read anew, so that a change acts at once */
export function createLimitsModule(
  context: Pick<ModuleContext, "db">,
  limiter: Limiter,
  forget: (subscriptionId: number) => void,
): ServerModule {
  return { bindings: limitRoutes({ db: context.db, limiter, forget, apis: listLimitedApis(OPERATIONS) }) };
}

/** Public operations count against nothing. */
function listLimitedApis(operations: readonly Operation[]): string[] {
  return operations.flatMap(({ access, method, versions }) =>
    access === "public" ? [] : Object.values(versions).map((path) => `${method} ${path}`),
  );
}
