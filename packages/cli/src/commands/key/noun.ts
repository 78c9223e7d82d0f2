import { adminKeyList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";

export type SigningKey = ResultOf<typeof adminKeyList>[number];

export const KEYS: Noun<SigningKey> = {
  one: "signing key",
  many: "signing keys",
  columns: [
    ["Key", (key) => key.kid],
    ["Algorithm", (key) => key.algorithm],
    ["Created", (key) => key.created],
    ["Signs until", (key) => key.retired ?? "now"],
    ["Deleted", (key) => key.deleted],
  ],
  readAll: async (session) => (await session.call(adminKeyList)).json(),
  namesOf: (key) => [key.kid],
};
