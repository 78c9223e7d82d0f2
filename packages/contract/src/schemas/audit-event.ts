import { Type } from "typebox";

const Hash = Type.String({ pattern: "^[0-9a-f]{64}$", description: "SHA-256 in hex" });

/** One event of the audit log and its place in the chain of hashes (docs/decisions/0016-audit-chain.md). */
export const AuditEvent = Type.Object({
  id: Type.Integer({ minimum: 1, description: "Number of the event in its log: from 1, without gaps" }),
  at: Type.String({ format: "date-time", description: "UTC, with microseconds" }),
  subscriptionId: Type.Union([Type.Integer(), Type.Null()], {
    description: "null: nobody's, e.g. an unknown user name",
  }),
  actor: Type.String({
    description: "User name, `client:` and a client's name, or the name that a refused log-in gave",
  }),
  action: Type.String({ description: "Operation or event, e.g. `auth.login`" }),
  target: Type.Union([Type.String(), Type.Null()]),
  address: Type.Union([Type.String(), Type.Null()]),
  result: Type.Enum(["success", "failure"]),
  detail: Type.Record(Type.String(), Type.Unknown()),
  previousHash: Hash,
  hash: Hash,
});

const Time = Type.String({
  minLength: 10,
  maxLength: 40,
  description: "ISO 8601, e.g. 2025-02-03 or 2025-02-03T08:00:00Z",
});

/** Which events: every part given must hold. */
export const auditFilter = {
  from: Type.Optional(Time),
  to: Type.Optional(Time),
  actor: Type.Optional(Type.String({ minLength: 1, maxLength: 300, description: "Without regard to case" })),
  action: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  result: Type.Optional(Type.Enum(["success", "failure"])),
  target: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
  unattributed: Type.Optional(
    Type.Boolean({
      description: "The log of what belongs to no subscription, e.g. log-ins with unknown names: for the operator only",
    }),
  ),
  subscriptionId: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 2_147_483_647,
      description: "The log kept of a subscription that was deleted: for the operator only (404). Or the own one",
    }),
  ),
};
