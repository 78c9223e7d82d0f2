import { Type } from "typebox";

/** What may be said of an upload beside its bytes. */
export const UploadQuery = Type.Object({
  connection: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: "Named source; default: the product that made the file",
    }),
  ),
  fileName: Type.Optional(
    Type.String({ maxLength: 500, description: "Shown in lists; says nothing about the format" }),
  ),
});
