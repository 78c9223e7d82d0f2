import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Finding } from "../schemas/finding.ts";
import { etmListQuery } from "../schemas/paging.ts";

/** Findings in the caller's scope: etm.md 2. */
export const etmFindingList = defineOperation({
  id: "etm.finding.list",
  method: "GET",
  versions: { "1.0": "/etm/1.0/finding/list" },
  summary: "List findings",
  description:
    "Total order: by `sort`, then by id. A page past the end is an empty list. `X-Next-Cursor` is there while more follows.",
  access: { permission: "ETM API Access" },
  query: Type.Object({
    ...etmListQuery,
    assetFilter: Type.Optional(
      Type.String({ maxLength: 65_536, description: "QQL query over assets: findings of the matching ones only." }),
    ),
  }),
  hasCountHeader: true,
  responses: { 200: { description: "A bare array of findings", schema: Type.Array(Finding) } },
});
