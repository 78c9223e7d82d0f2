import { Type } from "typebox";
import { MODULES, PERMISSIONS } from "../permissions.ts";
import { Uuid } from "./uuid.ts";

/** Longest name of a client, in bytes of UTF-8: with its prefix it is no longer than a user name, so tokens fit. */
export const MAX_CLIENT_NAME_BYTES = 190;

/** How long the former secret may go on beside a new one. */
export const MAX_OVERLAP_SEC = 7 * 86_400;

const DateTime = Type.String({ format: "date-time" });

const CLIENT = {
  clientId: Uuid,
  name: Type.String(),
  kind: Type.Enum(["user", "subscription"]),
  user: Type.Union([Type.String(), Type.Null()], { description: "Whose it is; null: the subscription's" }),
  modules: Type.Array(Type.Enum(MODULES)),
  permissions: Type.Array(Type.String(), {
    description: "What it may do now: of a user's client what the user's role leaves of the modules",
  }),
  hasFullScope: Type.Boolean(),
  scopeTags: Type.Array(Type.String(), { description: "Of a subscription's client; a user's has the user's scope" }),
  status: Type.Enum(["ACTIVE", "EXPIRED", "REVOKED"]),
  created: DateTime,
  createdBy: Type.String(),
  expires: Type.Union([DateTime, Type.Null()]),
  revoked: Type.Union([DateTime, Type.Null()]),
  lastUsed: Type.Union([DateTime, Type.Null()], { description: "When it last got a token" }),
};

/** An API client as administrators see it; its secret is never shown again. */
export const ApiClient = Type.Object(CLIENT);

/** The same with its secret: at its making and at a rotation only. */
export const ApiClientWithSecret = Type.Object({ ...CLIENT, clientSecret: Type.String() });

export const ClientParams = Type.Object({ clientId: Uuid });

export const ClientName = Type.String({
  minLength: 1,
  maxLength: MAX_CLIENT_NAME_BYTES,
  description: "Unique in the subscription, visible characters, at most 190 bytes of UTF-8",
});

export const ClientModules = Type.Array(Type.Enum(MODULES), { minItems: 1, maxItems: MODULES.length });

export const ClientPermissions = Type.Array(Type.Enum(PERMISSIONS), {
  maxItems: PERMISSIONS.length,
  description: "Narrows a subscription's client within its modules; absent: all of them that the caller holds",
});
