import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { SIGNING_ALGORITHMS, SigningKey } from "../schemas/signing-key.ts";

/** A new signing key of an algorithm: platform.md 2.3. */
export const adminKeyRotate = defineOperation({
  id: "admin.key.rotate",
  method: "POST",
  versions: { "1.0": "/admin/1.0/key/rotate" },
  summary: "Rotate a signing key",
  description:
    "Every node signs with the new key within a second. The former one verifies until its last token has expired, and is then deleted.",
  access: { permission: "Subscription Management Access", isForOperator: true },
  body: { kind: "json", schema: Type.Object({ algorithm: Type.Enum(SIGNING_ALGORITHMS) }) },
  responses: { 201: { description: "The new key", schema: SigningKey } },
});
