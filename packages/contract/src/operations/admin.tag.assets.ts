import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { AssetIds, Tag, TagParams } from "../schemas/tag.ts";

/** Gives a static tag to assets or takes it from them: platform.md 3. */
export const adminTagAssets = defineOperation({
  id: "admin.tag.assets",
  method: "POST",
  versions: { "1.0": "/admin/1.0/tag/:tagId/assets" },
  summary: "Give a tag to assets, or take it from them",
  description:
    "All or nothing: an id that is no asset is refused, and named. A tag kept by a rule is refused. Asks for a scope over " +
    "all assets.",
  access: { permission: "Tag Management Access" },
  params: TagParams,
  body: { kind: "json", schema: Type.Object({ add: Type.Optional(AssetIds), remove: Type.Optional(AssetIds) }) },
  maxBodyBytes: 512 * 1024,
  responses: { 200: { description: "The tag", schema: Tag } },
});
