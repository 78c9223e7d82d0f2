import { defineOperation } from "../operation.ts";
import { Entity, EntityParams } from "../schemas/entity.ts";

/** One business entity with its score: etm.md 2 and 5. */
export const etmEntityGet = defineOperation({
  id: "etm.entity.get",
  method: "GET",
  versions: { "1.0": "/etm/1.0/entity/:entityId" },
  summary: "Look at a business entity",
  access: { permission: "ETM API Access" },
  params: EntityParams,
  responses: { 200: { description: "The entity", schema: Entity } },
});
