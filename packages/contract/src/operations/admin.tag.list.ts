import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Tag } from "../schemas/tag.ts";

/** Tags of the caller's subscription: platform.md 3. */
export const adminTagList = defineOperation({
  id: "admin.tag.list",
  method: "GET",
  versions: { "1.0": "/admin/1.0/tag/list" },
  summary: "List tags",
  access: { permission: "Tag Management Access" },
  hasCountHeader: true,
  responses: { 200: { description: "All tags, by name", schema: Type.Array(Tag) } },
});
