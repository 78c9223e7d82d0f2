import { adminIdpCreate, adminIdpDelete, adminIdpGet, adminIdpList, adminIdpUpdate } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { changeProvider, createProvider, getProvider, type ProviderParts, removeProvider } from "./service.ts";
import { listProviders } from "./store.ts";
import { toIdentityProvider } from "./views.ts";

export function identityProviderRoutes(parts: ProviderParts): readonly Binding[] {
  return [
    bind(adminIdpCreate, async ({ db, caller, address, body }) => {
      return { value: toIdentityProvider(await createProvider(db, parts, { caller, address }, body)) };
    }),
    bind(adminIdpList, async ({ db }) => {
      const rows = await listProviders(db);
      return { value: rows.map(toIdentityProvider), count: rows.length };
    }),
    bind(adminIdpGet, async ({ db, params }) => ({ value: toIdentityProvider(await getProvider(db, params.idpId)) })),
    bind(adminIdpUpdate, async ({ db, caller, address, params, body }) => {
      return { value: toIdentityProvider(await changeProvider(db, { caller, address }, params.idpId, body)) };
    }),
    bind(adminIdpDelete, async ({ db, caller, address, params }) => {
      await removeProvider(db, { caller, address }, params.idpId);
      return { empty: true };
    }),
  ];
}
