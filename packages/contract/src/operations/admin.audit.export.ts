import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { auditFilter } from "../schemas/audit-event.ts";

/** The audit log as a file, oldest first; who took it stands in the log: platform.md 3. */
export const adminAuditExport = defineOperation({
  id: "admin.audit.export",
  method: "GET",
  versions: { "1.0": "/admin/1.0/audit/export" },
  summary: "Export the audit log",
  description:
    "Streamed, whatever its size. In JSONL each line is what its hash was computed from, with the hash behind it. " +
    "`X-Audit-Head` tells the number and hash of the last event of the log.",
  access: { permission: "Audit Log Access" },
  query: Type.Object({
    ...auditFilter,
    format: Type.Optional(Type.Enum(["jsonl", "csv"], { description: "Default jsonl" })),
  }),
  responses: { 200: { description: "The events, one a line", contentType: "application/jsonl" } },
});
