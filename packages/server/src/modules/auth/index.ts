import type { Logger } from "pino";
import type { Clock, ServerModule } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { ClientLogin } from "./client-login.ts";
import { clientRoutes } from "./client-routes.ts";
import { IdentityProviders } from "./identity-providers.ts";
import { keyRoutes } from "./key-routes.ts";
import { Login } from "./login.ts";
import { PrincipalDirectory } from "./principal-directory.ts";
import { authRoutes } from "./routes.ts";
import { type AuthService, createAuthService } from "./service.ts";
import { SigningKeys } from "./signing-keys.ts";
import { Tokens } from "./tokens.ts";

export { describeAllowListFault, toAllowList } from "./allow-list.ts";
export { toModulePermissions } from "./client-principal.ts";
export { hashClientSecret, makeClientSecret } from "./client-secret.ts";
export { hashPassword } from "./passwords.ts";
export { type Principal, type TermColumns, termColumns, toSubscriptionTerms } from "./principal.ts";
export { readPrincipal } from "./principal-directory.ts";
export { readPublicKey } from "./provider-keys.ts";
export { ISSUER, notAuthenticated } from "./tokens.ts";

export type AuthModule = ServerModule & {
  authenticate: AuthService["authenticate"];
  /** What is believed of the subscription's callers on this node is read anew on their next call. */
  forgetSubscription(subscriptionId: number): void;
};

export async function createAuthModule(context: { db: Database; clock: Clock; log: Logger }): Promise<AuthModule> {
  const { db, clock, log } = context;
  const keys = new SigningKeys(db, clock);
  await keys.open();
  const tokens = new Tokens(keys, clock, new IdentityProviders({ db, clock, log }));
  const principals = new PrincipalDirectory(db, clock);
  const service = createAuthService({ login: new Login(db, clock), tokens, principals });
  return {
    bindings: [...authRoutes(service), ...clientRoutes(new ClientLogin({ db, clock, tokens })), ...keyRoutes(keys)],
    authenticate: service.authenticate,
    forgetSubscription: (subscriptionId) => principals.forget(subscriptionId),
  };
}
