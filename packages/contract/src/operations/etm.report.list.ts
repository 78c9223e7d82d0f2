import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { orNull } from "../schemas/nullable.ts";
import { Report } from "../schemas/report.ts";

const Limit = Type.Integer({
  minimum: 0,
  maximum: 2_147_483_647,
  description: "Default 50, of 0 too; more than 1000 is read as 1000.",
});

/** Reports whose creator's scope is not wider than the caller's, newest first: etm.md 1.4. */
export const etmReportList = defineOperation({
  id: "etm.report.list",
  method: "POST",
  versions: { v1: "/etm/api/rest/v1/reports/list" },
  summary: "List reports",
  access: { permission: "ETM API Access" },
  body: {
    kind: "json",
    isOptional: true,
    schema: Type.Object({
      offset: Type.Optional(orNull(Type.Integer({ minimum: 0, maximum: 2_147_483_647 }))),
      limit: Type.Optional(orNull(Limit)),
      pageSize: Type.Optional(orNull(Limit)),
    }),
  },
  hasCountHeader: true,
  responses: { 200: { description: "A bare array of reports", schema: Type.Array(Report) } },
});
