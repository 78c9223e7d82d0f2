import { MAX_CALLS_BOUND, MAX_CONCURRENT_BOUND, MAX_WINDOW_SEC_BOUND } from "@breakwater/domain/limits/index";
import { Type } from "typebox";

const MAX_SUBSCRIPTION_ID = 2_147_483_647;

export const LimitSubscriptionId = Type.Integer({
  minimum: 1,
  maximum: MAX_SUBSCRIPTION_ID,
  description: "Another subscription than the caller's own: for the operator",
});

/** Never 0: whoever is to make no calls is deactivated, and is told so. */
export const Rate = Type.Object({
  calls: Type.Integer({
    minimum: 1,
    maximum: MAX_CALLS_BOUND,
    description: "Calls admitted in any interval of windowSec",
  }),
  windowSec: Type.Integer({ minimum: 1, maximum: MAX_WINDOW_SEC_BOUND }),
});

export const Concurrency = Type.Integer({
  minimum: 1,
  maximum: MAX_CONCURRENT_BOUND,
  description: "Calls of one API that run at once",
});

/** What a subscription may call, and what it uses now (platform.md 4). */
export const SubscriptionLimitsView = Type.Object({
  subscriptionId: Type.Integer(),
  level: Type.Enum(["Express", "Standard", "Enterprise", "Premium", "Custom"]),
  rate: Rate,
  concurrency: Concurrency,
  apis: Type.Array(
    Type.Object({
      api: Type.String({ description: "Method and path template with version: GET /ot/1.0/host/list" }),
      rate: Rate,
      concurrency: Concurrency,
      isException: Type.Boolean({ description: "Whether it has numbers of its own" }),
      used: Type.Integer({ description: "Calls that count now" }),
      remaining: Type.Integer(),
      running: Type.Integer(),
      resetSec: Type.Integer({ description: "Seconds until more calls remain; 0: none are used" }),
    }),
    { description: "Each API that counts, in the order of the reference" },
  ),
});
