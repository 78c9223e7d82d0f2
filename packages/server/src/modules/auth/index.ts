import type { Clock, ServerModule } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { PrincipalDirectory } from "./principal-directory.ts";
import { authRoutes } from "./routes.ts";
import { type AuthService, createAuthService } from "./service.ts";
import { SigningKeys } from "./signing-keys.ts";
import { Tokens } from "./tokens.ts";

export { hashPassword } from "./passwords.ts";
export type { Principal } from "./principal-directory.ts";
export { notAuthenticated } from "./tokens.ts";

export type AuthModule = ServerModule & {
  authenticate: AuthService["authenticate"];
};

export async function createAuthModule(context: { db: Database; clock: Clock }): Promise<AuthModule> {
  const { db, clock } = context;
  const keys = new SigningKeys(db, clock);
  await keys.open();
  const principals = new PrincipalDirectory(db, clock);
  const service = createAuthService({ db, clock, tokens: new Tokens(keys, clock), principals });
  return {
    bindings: authRoutes(service),
    authenticate: service.authenticate,
  };
}
