import { notAuthenticated, type Principal } from "../../modules/auth/index.ts";

const SCHEME = "bearer ";

export type Authenticate = (token: string, address: string) => Principal | Promise<Principal>;

/**
 * Step 3: the bearer of the token, from memory when it was verified before.
 * What the subscription does not let call from this address is answered like an unknown token.
 *
 * @param authorization the header as sent
 * @param address the client's
 * @throws AppError `not-authenticated` for none, another scheme, a malformed or unknown token; `token-expired`
 */
export function authenticateRequest(
  authorization: string | undefined,
  address: string,
  authenticate: Authenticate,
): Principal | Promise<Principal> {
  const scheme = authorization?.slice(0, SCHEME.length).toLowerCase();
  if (authorization === undefined || scheme !== SCHEME) throw notAuthenticated();
  return authenticate(authorization.slice(SCHEME.length).trim(), address);
}
