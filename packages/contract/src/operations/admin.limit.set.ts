import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { MAX_API_CHARS } from "../schemas/lifecycle.ts";
import { Concurrency, LimitSubscriptionId, Rate, SubscriptionLimitsView } from "../schemas/limit.ts";
import { ServiceLevel } from "../schemas/subscription.ts";

/** The service level of a subscription, or numbers of its own: platform.md 4.1. */
export const adminLimitSet = defineOperation({
  id: "admin.limit.set",
  method: "PUT",
  versions: { "1.0": "/admin/1.0/limit/set" },
  summary: "Set limits",
  description:
    "A level, or rate and concurrency: without api they make the level Custom, with api an exception for that API. Numbers that are absent stay as they are. Acts on the next call, on other nodes within a second; calls made before count.",
  access: { permission: "Limit Management Access", isForOperator: true },
  body: {
    kind: "json",
    schema: Type.Object({
      subscriptionId: Type.Optional(LimitSubscriptionId),
      api: Type.Optional(
        Type.String({ minLength: 1, maxLength: MAX_API_CHARS, description: "As listed: GET /ot/1.0/host/list" }),
      ),
      level: Type.Optional(ServiceLevel),
      rate: Type.Optional(Rate),
      concurrency: Type.Optional(Concurrency),
    }),
  },
  responses: { 200: { description: "The limits as they now stand", schema: SubscriptionLimitsView } },
});
