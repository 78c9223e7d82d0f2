import { authOauthCreate, authOidcCreate } from "@breakwater/contract";
import { type Answer, type Binding, bind, type PublicInput } from "../../binding.ts";
import type { ClientLogin } from "./client-login.ts";

/** Both paths take both kinds of client (platform.md 2.2). */
export function clientRoutes(login: ClientLogin): readonly Binding[] {
  const answer = async (
    input: PublicInput<typeof authOidcCreate> | PublicInput<typeof authOauthCreate>,
  ): Promise<Answer> => {
    const { headers, address, body } = input;
    const credentials = {
      // Node gives the names in lower case.
      clientId: String(headers.clientid ?? ""),
      clientSecret: String(headers.clientsecret ?? ""),
      address,
    };
    // Without a body there is none, whatever the schema says.
    const text = await login.logIn(credentials, body ?? {});
    return { text, contentType: "text/plain;charset=UTF-8" };
  };
  return [bind(authOidcCreate, answer), bind(authOauthCreate, answer)];
}
