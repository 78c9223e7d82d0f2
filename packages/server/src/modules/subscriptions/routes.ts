import {
  adminSubscriptionCreate,
  adminSubscriptionDelete,
  adminSubscriptionGet,
  adminSubscriptionList,
  adminSubscriptionUpdate,
} from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import {
  createSubscription,
  deleteSubscription,
  getSubscription,
  listVisibleSubscriptions,
  type Parts,
  updateSubscription,
} from "./service.ts";
import { toSubscription } from "./views.ts";

export function subscriptionRoutes(parts: Parts): readonly Binding[] {
  return [
    bind(adminSubscriptionCreate, async ({ caller, address, body }) => {
      return { value: toSubscription(await createSubscription(parts, { caller, address }, body)) };
    }),
    bind(adminSubscriptionList, async ({ caller }) => {
      const subscriptions = await listVisibleSubscriptions(parts, caller);
      return { value: subscriptions.map(toSubscription), count: subscriptions.length };
    }),
    bind(adminSubscriptionGet, async ({ caller, params }) => {
      return { value: toSubscription(await getSubscription(parts, caller, params.subscriptionId)) };
    }),
    bind(adminSubscriptionUpdate, async ({ caller, address, params, body }) => {
      const { subscriptionId: id } = params;
      return { value: toSubscription(await updateSubscription(parts, { caller, address }, { id, change: body })) };
    }),
    bind(adminSubscriptionDelete, async ({ caller, address, params, query }) => {
      const { subscriptionId: id } = params;
      await deleteSubscription(parts, { caller, address }, { id, confirm: query.confirm });
      return { empty: true };
    }),
  ];
}
