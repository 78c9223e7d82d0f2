import { Type } from "typebox";

/** As PostgreSQL reads it: the format alone also lets `urn:uuid:` pass. */
export const Uuid = Type.String({
  format: "uuid",
  pattern: "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
});
