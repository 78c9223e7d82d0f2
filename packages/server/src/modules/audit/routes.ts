import { Readable } from "node:stream";
import { AppError, adminAuditExport, adminAuditList, adminAuditVerify } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Database } from "../../db/pool.ts";
import { recordAudit } from "./record-audit.ts";
import { toAuditFilter, toAuditLog, verifyLog, walkEvents } from "./service.ts";
import { countEvents, listEvents, readHead } from "./store.ts";
import { AUDIT_FORMATS, toAuditEvent } from "./views.ts";

const DEFAULT_PAGE_SIZE = 50;

export function auditRoutes(db: Database): readonly Binding[] {
  return [
    bind(adminAuditList, async ({ caller, query }) => {
      const log = await toAuditLog(db.read, caller, query);
      const filter = toAuditFilter(query);
      const page = { beforeId: query.beforeId, limit: query.pageSize ?? DEFAULT_PAGE_SIZE };
      const [events, count] = await Promise.all([
        listEvents(db.read, log, filter, page),
        countEvents(db.read, log, filter),
      ]);
      return { value: events.map(toAuditEvent), count };
    }),
    bind(adminAuditExport, async ({ caller, address, query }) => {
      const log = await toAuditLog(db.read, caller, query);
      const filter = toAuditFilter(query);
      const format = query.format ?? "jsonl";
      await recordAudit(db, {
        subscriptionId: caller.subscriptionId,
        actor: caller.username,
        action: "admin.audit.export",
        address,
        result: "success",
        detail: {
          format,
          unattributed: query.unattributed ?? false,
          ...(query.subscriptionId === undefined ? {} : { subscriptionId: query.subscriptionId }),
        },
      });
      const head = await readHead(db.read, log);
      const { contentType, write } = AUDIT_FORMATS[format];
      return {
        headers: {
          "Content-Disposition": `attachment; filename="audit.${format}"`,
          "X-Audit-Head": `${head.id} ${head.hash}`,
        },
        stream: Readable.from(write(walkEvents(db.read, log, filter, head.id))),
        contentType,
      };
    }),
    bind(adminAuditVerify, async ({ caller, query: { headId, headHash, ...query } }) => {
      if ((headId === undefined) !== (headHash === undefined))
        throw new AppError("invalid-parameter", "headId and headHash belong together");
      const noted = headId === undefined || headHash === undefined ? undefined : { id: headId, hash: headHash };
      return { value: await verifyLog(db.read, await toAuditLog(db.read, caller, query), noted) };
    }),
  ];
}
