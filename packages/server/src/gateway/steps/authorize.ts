import { AppError } from "@breakwater/contract";
import type { Caller } from "../../caller.ts";
import type { Route } from "../exchange.ts";

/**
 * Step 5: the permission that the contract asks of this operation.
 *
 * @throws AppError `permission-required`, naming it (platform.md 3)
 */
export function authorize(route: Route, caller: Caller): void {
  const { access } = route.operation;
  if (access === "public") return;
  for (const permission of [access.permission, access.alsoNeeds]) {
    if (permission !== undefined && !caller.permissions.has(permission)) {
      throw new AppError("permission-required", `${permission} is required`);
    }
  }
  if (access.isForOperator && !caller.isOperator) {
    throw new AppError("permission-required", `${access.permission} in the operator's subscription is required`);
  }
}
