import { notAuthenticated, type Principal } from "../../modules/auth/index.ts";

const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i;

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
  const token = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
  if (token === undefined) throw notAuthenticated();
  return authenticate(token);
}
