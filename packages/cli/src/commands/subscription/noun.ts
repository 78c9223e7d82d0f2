import { adminSubscriptionList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";

export type Subscription = ResultOf<typeof adminSubscriptionList>[number];

/** Service levels that a subscription can be given: platform.md 4.1. */
export const SERVICE_LEVELS = ["Express", "Standard", "Enterprise", "Premium", "Custom"] as const;

export type ServiceLevel = (typeof SERVICE_LEVELS)[number];

export const SUBSCRIPTIONS: Noun<Subscription> = {
  one: "subscription",
  many: "subscriptions",
  columns: [
    ["Subscription", (subscription) => subscription.name],
    ["Id", (subscription) => subscription.id],
    ["Kind", (subscription) => (subscription.isOperator ? "operator" : "tenant")],
    ["Level", (subscription) => subscription.serviceLevel],
    ["Users", (subscription) => subscription.userCount],
    ["Created", (subscription) => subscription.created],
  ],
  readAll: async (session) => (await session.call(adminSubscriptionList)).json(),
  namesOf: (subscription) => [subscription.name, String(subscription.id)],
};
