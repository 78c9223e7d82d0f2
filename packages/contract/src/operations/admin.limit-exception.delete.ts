import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { MAX_API_CHARS } from "../schemas/lifecycle.ts";
import { LimitSubscriptionId } from "../schemas/limit.ts";

/** Takes an API's own numbers away, so that the subscription's hold: platform.md 4.1. */
export const adminLimitExceptionDelete = defineOperation({
  id: "admin.limit-exception.delete",
  method: "DELETE",
  versions: { "1.0": "/admin/1.0/limit/exception" },
  summary: "Delete an API's exception from the limits",
  access: { permission: "Limit Management Access", isForOperator: true },
  query: Type.Object({
    subscriptionId: Type.Optional(LimitSubscriptionId),
    api: Type.String({ minLength: 1, maxLength: MAX_API_CHARS, description: "As listed: GET /ot/1.0/host/list" }),
  }),
  responses: { 204: { description: "Deleted" } },
});
