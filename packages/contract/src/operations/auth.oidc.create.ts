import { defineOperation } from "../operation.ts";
import { ClientLogin } from "../schemas/client-login.ts";

/** Log in as an API client, documented for a user's: platform.md 2.2. */
export const authOidcCreate = defineOperation({
  id: "auth.oidc.create",
  method: "POST",
  versions: { "1.0": "/auth/oidc" },
  summary: "Get a token for an API client",
  ...ClientLogin,
});
