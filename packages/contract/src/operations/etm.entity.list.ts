import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Entity } from "../schemas/entity.ts";
import { etmListQuery } from "../schemas/paging.ts";

/** Business entities with their scores: etm.md 2 and 5. */
export const etmEntityList = defineOperation({
  id: "etm.entity.list",
  method: "GET",
  versions: { "1.0": "/etm/1.0/entity/list" },
  summary: "List business entities",
  description:
    "Tags with the assets that carry them or a tag below them. A caller with a scope sees those of the scope. `X-Next-Cursor` is there while more follows.",
  access: { permission: "ETM API Access" },
  query: Type.Object(etmListQuery),
  hasCountHeader: true,
  responses: { 200: { description: "A bare array of entities", schema: Type.Array(Entity) } },
});
