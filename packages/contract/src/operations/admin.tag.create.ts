import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { AssetIds, Criticality, ParentName, Tag, TagName, TagRule } from "../schemas/tag.ts";

/** A new tag, static or kept by a rule: platform.md 3. */
export const adminTagCreate = defineOperation({
  id: "admin.tag.create",
  method: "POST",
  versions: { "1.0": "/admin/1.0/tag/create" },
  summary: "Create a tag",
  access: { permission: "Tag Management Access" },
  body: {
    kind: "json",
    schema: Type.Object({
      name: TagName,
      rule: Type.Optional(TagRule),
      criticality: Type.Optional(Criticality),
      parent: Type.Optional(ParentName),
      assetIds: Type.Optional(AssetIds),
    }),
  },
  maxBodyBytes: 256 * 1024,
  responses: { 201: { description: "The tag", schema: Tag } },
});
