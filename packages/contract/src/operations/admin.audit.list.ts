import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { AuditEvent, auditFilter } from "../schemas/audit-event.ts";

/** The audit log of the caller's subscription, newest first; for the operator also that of one that is gone: platform.md 3. */
export const adminAuditList = defineOperation({
  id: "admin.audit.list",
  method: "GET",
  versions: { "1.0": "/admin/1.0/audit/list" },
  summary: "List the audit log",
  description: "The next page is asked for by the id of the last event as `beforeId`; new events do not shift it.",
  access: { permission: "Audit Log Access" },
  query: Type.Object({
    ...auditFilter,
    beforeId: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
    pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: "Default 50" })),
  }),
  hasCountHeader: true,
  responses: { 200: { description: "A page of events, newest first", schema: Type.Array(AuditEvent) } },
});
