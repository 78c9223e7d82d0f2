import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Tag } from "../schemas/tag.ts";

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
      name: Type.String({
        minLength: 1,
        maxLength: 200,
        description: "Visible at both ends, without control or other invisible characters",
      }),
      rule: Type.Optional(
        Type.String({ description: "QQL over assets: whatever matches carries the tag, now and after every import" }),
      ),
      criticality: Type.Optional(Type.Integer({ minimum: 1, maximum: 5 })),
      parent: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: "Name of the parent tag" })),
      assetIds: Type.Optional(
        Type.Array(Type.Integer({ minimum: 1 }), { maxItems: 10_000, description: "Assets that get a static tag" }),
      ),
    }),
  },
  maxBodyBytes: 256 * 1024,
  responses: { 201: { description: "The tag", schema: Tag } },
});
