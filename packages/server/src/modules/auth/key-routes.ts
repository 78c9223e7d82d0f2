import { adminKeyList, adminKeyRotate, authJwksGet } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { recordChange } from "../audit/index.ts";
import { type SigningKey, type SigningKeys, toDeletionTime } from "./signing-keys.ts";

/** The installation's keys, for the operator, and their public halves, for everybody. */
export function keyRoutes(keys: SigningKeys): readonly Binding[] {
  return [
    bind(adminKeyList, async () => {
      const list = await keys.list();
      return { value: list.map(toView), count: list.length };
    }),
    bind(adminKeyRotate, async ({ caller, address, body }) => {
      const { algorithm } = body;
      const key = await keys.rotate(algorithm, (tx, target) =>
        recordChange(tx, { caller, address }, { action: "admin.key.rotate", target, detail: { algorithm } }),
      );
      return { value: toView(key) };
    }),
    bind(authJwksGet, async () => {
      const list = (await keys.list()).filter(({ algorithm }) => algorithm === "RS512");
      // A key that is new to a reader makes it look again (by kid), so a minute costs nobody anything.
      return { value: { keys: list.map(toJwk) }, headers: { "Cache-Control": "public, max-age=60" } };
    }),
  ];
}

function toView({ id, algorithm, createdAt, retiredAt }: SigningKey) {
  return {
    kid: id,
    algorithm,
    created: createdAt.toISOString(),
    retired: retiredAt?.toISOString() ?? null,
    deleted: retiredAt ? toDeletionTime(retiredAt).toISOString() : null,
  };
}

function toJwk({ id, algorithm, verifies }: SigningKey) {
  const { kty, n, e } = verifies.export({ format: "jwk" });
  return { kty, kid: id, alg: algorithm, use: "sig", n, e };
}
