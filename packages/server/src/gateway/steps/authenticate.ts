import { notAuthenticated, type Principal } from "../../modules/auth/index.ts";

const SCHEME = "bearer ";

export type Authenticate = (token: string) => Principal | Promise<Principal>;

/**
 * Step 3: the bearer of the token, from memory when it was verified before.
 *
 * @param authorization the header as sent
 * @throws AppError `not-authenticated` for none, another scheme, a malformed or unknown token; `token-expired`
 */
export function authenticateRequest(
  authorization: string | undefined,
  authenticate: Authenticate,
): Principal | Promise<Principal> {
  const scheme = authorization?.slice(0, SCHEME.length).toLowerCase();
  if (authorization === undefined || scheme !== SCHEME) throw notAuthenticated();
  return authenticate(authorization.slice(SCHEME.length).trim());
}
