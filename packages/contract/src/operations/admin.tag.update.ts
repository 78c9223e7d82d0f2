import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { orNull } from "../schemas/nullable.ts";
import { Criticality, ParentName, Tag, TagName, TagParams, TagRule } from "../schemas/tag.ts";

/** Changes a tag, and with it the assets that carry it: platform.md 3. */
export const adminTagUpdate = defineOperation({
  id: "admin.tag.update",
  method: "PUT",
  versions: { "1.0": "/admin/1.0/tag/:tagId" },
  summary: "Change a tag",
  description:
    "Changes the members given. `rule: null` makes the tag a static one, which stays on the assets that carry it; a rule " +
    "given to a static tag takes the tag from the assets that do not match. Asks for a scope over all assets.",
  access: { permission: "Tag Management Access" },
  params: TagParams,
  body: {
    kind: "json",
    schema: Type.Object({
      name: Type.Optional(TagName),
      rule: Type.Optional(orNull(TagRule)),
      criticality: Type.Optional(orNull(Criticality)),
      parent: Type.Optional(orNull(ParentName)),
    }),
  },
  maxBodyBytes: 256 * 1024,
  responses: { 200: { description: "The tag", schema: Tag } },
});
