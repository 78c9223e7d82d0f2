import { defineOperation } from "../operation.ts";
import { TagParams } from "../schemas/tag.ts";

/** Deletes a tag and takes it from assets and scopes: platform.md 3. */
export const adminTagDelete = defineOperation({
  id: "admin.tag.delete",
  method: "DELETE",
  versions: { "1.0": "/admin/1.0/tag/:tagId" },
  summary: "Delete a tag",
  description:
    "Takes it from all assets and out of all scopes; whoever had it as the only scope tag sees no asset afterwards. " +
    "409 while it has children. Asks for a scope over all assets.",
  access: { permission: "Tag Management Access" },
  params: TagParams,
  responses: { 204: { description: "Deleted" } },
});
