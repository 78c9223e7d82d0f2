import { adminSubscriptionList, type ResultOf, type SERVICE_LEVEL_NAMES } from "@breakwater/client";
import type { Noun } from "../../noun.ts";

export type Subscription = ResultOf<typeof adminSubscriptionList>[number];

export type ServiceLevel = (typeof SERVICE_LEVEL_NAMES)[number];

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
