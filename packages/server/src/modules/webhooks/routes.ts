import {
  adminWebhookCreate,
  adminWebhookDelete,
  adminWebhookDeliveries,
  adminWebhookGet,
  adminWebhookList,
  adminWebhookPing,
  adminWebhookRotate,
  adminWebhookUpdate,
} from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import {
  changeWebhook,
  createWebhook,
  findWebhook,
  pingWebhook,
  removeWebhook,
  rotateWebhook,
  type WebhookParts,
} from "./service.ts";
import { listDeliveries, listWebhooks } from "./store.ts";
import { toDelivery, toWebhook } from "./views.ts";

export function webhookRoutes(parts: WebhookParts): readonly Binding[] {
  return [
    bind(adminWebhookCreate, async ({ db, caller, address, body }) => {
      const { row, secret } = await createWebhook(db, { caller, address }, body);
      return { value: { ...toWebhook(row), secret } };
    }),
    bind(adminWebhookList, async ({ db }) => {
      const rows = await listWebhooks(db);
      return { value: rows.map(toWebhook), count: rows.length };
    }),
    bind(adminWebhookGet, async ({ db, params }) => ({ value: toWebhook(await findWebhook(db, params.webhookId)) })),
    bind(adminWebhookUpdate, async ({ db, caller, address, params, body }) => {
      return { value: toWebhook(await changeWebhook(db, { caller, address }, params.webhookId, body)) };
    }),
    bind(adminWebhookDelete, async ({ db, caller, address, params }) => {
      await removeWebhook(db, { caller, address }, params.webhookId);
      return { empty: true };
    }),
    bind(adminWebhookPing, async ({ db, caller, address, params }) => {
      return { value: toDelivery(await pingWebhook(db, parts, { caller, address }, params.webhookId)) };
    }),
    bind(adminWebhookRotate, async ({ db, caller, address, params }) => {
      const { row, secret } = await rotateWebhook(db, parts, { caller, address }, params.webhookId);
      return { value: { ...toWebhook(row), secret } };
    }),
    bind(adminWebhookDeliveries, async ({ db, params }) => {
      await findWebhook(db, params.webhookId);
      const rows = await listDeliveries(db, params.webhookId);
      return { value: rows.map(toDelivery), count: rows.length };
    }),
  ];
}
