import { adminUnitList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";

export type Unit = ResultOf<typeof adminUnitList>[number];

export const UNITS: Noun<Unit> = {
  one: "business unit",
  many: "business units",
  columns: [
    ["Unit", (unit) => unit.name],
    ["Description", (unit) => unit.description],
    ["Sees", (unit) => unit.scopeTags.join(", ") || "nothing"],
    ["Users", (unit) => unit.userCount],
  ],
  readAll: async (session) => (await session.call(adminUnitList)).json(),
  namesOf: (unit) => [unit.name, String(unit.id)],
};
