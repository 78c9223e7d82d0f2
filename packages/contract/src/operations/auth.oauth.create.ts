import { defineOperation } from "../operation.ts";
import { ClientLogin } from "../schemas/client-login.ts";

/** Log in as an API client, documented for a subscription's: platform.md 2.2. */
export const authOauthCreate = defineOperation({
  id: "auth.oauth.create",
  method: "POST",
  versions: { "1.0": "/auth/oauth" },
  summary: "Get a token for an API client",
  ...ClientLogin,
});
