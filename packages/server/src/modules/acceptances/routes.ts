import { etmFindingAccept, etmFindingRevokeAcceptance } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { type AcceptanceParts, acceptRisk, revokeAcceptance } from "./service.ts";
import { toRiskAcceptance } from "./views.ts";

export function acceptanceRoutes(parts: AcceptanceParts): readonly Binding[] {
  return [
    bind(etmFindingAccept, async ({ db, caller, address, params, body }) => {
      return { value: toRiskAcceptance(await acceptRisk(db, parts, { caller, address }, params.findingId, body)) };
    }),
    bind(etmFindingRevokeAcceptance, async ({ db, caller, address, params }) => {
      await revokeAcceptance(db, parts, { caller, address }, params.findingId);
      return { empty: true };
    }),
  ];
}
