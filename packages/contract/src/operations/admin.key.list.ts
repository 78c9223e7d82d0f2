import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { SigningKey } from "../schemas/signing-key.ts";

/** Signing keys of the installation: platform.md 2.3. */
export const adminKeyList = defineOperation({
  id: "admin.key.list",
  method: "GET",
  versions: { "1.0": "/admin/1.0/key/list" },
  summary: "List signing keys",
  access: { permission: "Subscription Management Access", isForOperator: true },
  hasCountHeader: true,
  responses: { 200: { description: "Keys without their secrets, newest first", schema: Type.Array(SigningKey) } },
});
