import { adminLimitExceptionDelete, adminLimitList, adminLimitSet } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { deleteException, type Parts, readLimits, setLimits } from "./service.ts";
import { toLimitsView } from "./views.ts";

export function limitRoutes(parts: Parts): readonly Binding[] {
  return [
    bind(adminLimitList, async ({ caller, query }) => {
      return { value: toLimitsView(await readLimits(parts, caller, query.subscriptionId)) };
    }),
    bind(adminLimitSet, async ({ caller, address, body }) => {
      return { value: toLimitsView(await setLimits(parts, { caller, address }, body)) };
    }),
    bind(adminLimitExceptionDelete, async ({ caller, address, query }) => {
      await deleteException(parts, { caller, address }, query);
      return { empty: true };
    }),
  ];
}
