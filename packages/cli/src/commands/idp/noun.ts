import { adminIdpList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";

export type IdentityProvider = ResultOf<typeof adminIdpList>[number];

export const IDPS: Noun<IdentityProvider> = {
  one: "identity provider",
  many: "identity providers",
  columns: [
    ["Provider", (idp) => idp.name],
    ["Issuer", (idp) => idp.issuer],
    ["Audience", (idp) => idp.audience],
    ["Keys", (idp) => idp.jwksUrl ?? `${idp.certificates.length} in PEM`],
    ["User by", (idp) => idp.userClaim],
  ],
  readAll: async (session) => (await session.call(adminIdpList)).json(),
  namesOf: (idp) => [idp.name, String(idp.id)],
};
