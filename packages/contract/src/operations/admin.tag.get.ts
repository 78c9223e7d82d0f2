import { defineOperation } from "../operation.ts";
import { Tag, TagParams } from "../schemas/tag.ts";

/** One tag: platform.md 3. */
export const adminTagGet = defineOperation({
  id: "admin.tag.get",
  method: "GET",
  versions: { "1.0": "/admin/1.0/tag/:tagId" },
  summary: "Look at a tag",
  access: { permission: "Tag Management Access" },
  params: TagParams,
  responses: { 200: { description: "The tag", schema: Tag } },
});
