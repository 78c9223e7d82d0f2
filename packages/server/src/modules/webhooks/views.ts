import type { DeliveryRow, WebhookRow } from "./store.ts";

export function toWebhook(row: WebhookRow) {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: row.events,
    isEnabled: row.is_enabled,
    disabledReason: row.disabled_reason,
    createdBy: row.created_by,
    created: row.created_at.toISOString(),
  };
}

export function toDelivery(row: DeliveryRow) {
  return {
    id: `msg_${row.id}`,
    type: row.type,
    status: row.status,
    attempts: row.attempts,
    created: row.created_at.toISOString(),
    lastAttempt: row.last_attempt_at?.toISOString() ?? null,
    nextAttempt: row.status === "PENDING" ? row.next_attempt_at.toISOString() : null,
    lastStatus: row.last_status,
    lastError: row.last_error,
  };
}
