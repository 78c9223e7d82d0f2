import { adminUnitCreate, adminUnitDelete, adminUnitGet, adminUnitList, adminUnitUpdate } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { createUnit, deleteUnit, getUnit, listManagedUnits, type Parts, updateUnit } from "./service.ts";
import { toBusinessUnit } from "./views.ts";

export function unitRoutes(parts: Parts): readonly Binding[] {
  return [
    bind(adminUnitCreate, async ({ db, caller, address, body }) => {
      return { value: toBusinessUnit(await createUnit(db, { caller, address }, body)) };
    }),
    bind(adminUnitList, async ({ db, caller }) => {
      const units = await listManagedUnits(db, caller);
      return { value: units.map(toBusinessUnit), count: units.length };
    }),
    bind(adminUnitGet, async ({ db, caller, params }) => {
      return { value: toBusinessUnit(await getUnit(db, caller, params.unitId)) };
    }),
    bind(adminUnitUpdate, async ({ db, caller, address, params, body }) => {
      const unit = await updateUnit(db, parts, { caller, address }, { id: params.unitId, change: body });
      return { value: toBusinessUnit(unit) };
    }),
    bind(adminUnitDelete, async ({ db, caller, address, params }) => {
      await deleteUnit(db, { caller, address }, params.unitId);
      return { empty: true };
    }),
  ];
}
