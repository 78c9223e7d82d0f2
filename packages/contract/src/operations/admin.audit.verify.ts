import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { auditFilter } from "../schemas/audit-event.ts";

const Hash = Type.String({ pattern: "^[0-9a-f]{64}$" });
const Head = Type.Object({ id: Type.Integer({ minimum: 0 }), hash: Hash });

/** Whether the audit log is as it was written: platform.md 3. */
export const adminAuditVerify = defineOperation({
  id: "admin.audit.verify",
  method: "GET",
  versions: { "1.0": "/admin/1.0/audit/verify" },
  summary: "Verify the audit log",
  description:
    "Walks the whole chain. A head noted earlier (from an export, an earlier answer or the server's log), given as " +
    "`headId` and `headHash`, is looked for too: so it shows when the end of the log was cut off.",
  access: { permission: "Audit Log Access" },
  query: Type.Object({
    unattributed: auditFilter.unattributed,
    subscriptionId: auditFilter.subscriptionId,
    headId: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
    headHash: Type.Optional(Hash),
  }),
  responses: {
    200: {
      description: "What was found",
      schema: Type.Object({
        ok: Type.Boolean(),
        events: Type.Integer({ description: "Events looked at: all, or those up to the break" }),
        head: Head,
        break: Type.Union([
          Type.Object({
            id: Type.Integer(),
            problem: Type.Enum(["missing", "changed", "not-linked", "head-differs"]),
            message: Type.String(),
          }),
          Type.Null(),
        ]),
      }),
    },
  },
});
