import { Type } from "typebox";
import { Uuid } from "./uuid.ts";

/** What subscribers can be told of. */
export const WEBHOOK_EVENTS = ["api.announced", "api.eos", "api.eol", "release.note", "report.completed"] as const;

export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

const DateTime = Type.String({ format: "date-time" });

const WEBHOOK = {
  id: Uuid,
  url: Type.String(),
  description: Type.String(),
  events: Type.Array(Type.Enum(WEBHOOK_EVENTS), { description: "Empty: every event" }),
  isEnabled: Type.Boolean(),
  disabledReason: Type.Union([Type.String(), Type.Null()]),
  createdBy: Type.String(),
  created: DateTime,
};

/** A webhook of the caller's subscription; its secret is never shown again. */
export const Webhook = Type.Object(WEBHOOK);

/** The same with its secret: at its making and at a rotation only. */
export const WebhookWithSecret = Type.Object({
  ...WEBHOOK,
  secret: Type.String({ description: "whsec_ and the key in base64, for HMAC-SHA256 over id.timestamp.body" }),
});

/** One message to one webhook, and what its last attempt brought. */
export const WebhookDelivery = Type.Object({
  id: Type.String({ description: "Header webhook-id: the same in every attempt" }),
  type: Type.String(),
  status: Type.Enum(["PENDING", "DELIVERED", "FAILED"]),
  attempts: Type.Integer(),
  created: DateTime,
  lastAttempt: Type.Union([DateTime, Type.Null()]),
  nextAttempt: Type.Union([DateTime, Type.Null()]),
  lastStatus: Type.Union([Type.Integer(), Type.Null()], { description: "HTTP status of the last answer" }),
  lastError: Type.Union([Type.String(), Type.Null()]),
});

export const WebhookParams = Type.Object({ webhookId: Uuid });

/** What can be chosen of a webhook. */
export const WEBHOOK_SETTINGS = {
  url: Type.String({
    minLength: 1,
    maxLength: 2000,
    description: "http or https, without user name; link-local and unspecified addresses are refused",
  }),
  description: Type.String({ maxLength: 200 }),
  events: Type.Array(Type.Enum(WEBHOOK_EVENTS), { maxItems: 20, description: "Empty: every event" }),
};
