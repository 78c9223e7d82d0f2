import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { etmListQuery } from "../schemas/paging.ts";

/** How many business entities there are: etm.md 2. */
export const etmEntityCount = defineOperation({
  id: "etm.entity.count",
  method: "GET",
  versions: { "1.0": "/etm/1.0/entity/count" },
  summary: "Count business entities",
  access: { permission: "ETM API Access" },
  query: Type.Object({ filter: etmListQuery.filter }),
  hasCountHeader: true,
  responses: { 200: { description: "The count", schema: Type.Object({ count: Type.Integer() }) } },
});
