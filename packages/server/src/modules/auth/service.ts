import { AppError } from "@breakwater/contract";
import type { Caller } from "../../caller.ts";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { recordAudit } from "../audit/index.ts";
import { type Account, findAccount, writeLastLogin } from "./accounts.ts";
import { type LoginForm, toLoginForm } from "./form.ts";
import { LoginGuard } from "./login-guard.ts";
import { isPasswordRight } from "./passwords.ts";
import type { Principal, PrincipalDirectory } from "./principal-directory.ts";
import { notAuthenticated, type Tokens } from "./tokens.ts";

/** What a log-in comes to. `refused` has one answer whatever the reason, which only the audit log tells. */
export type LoginResult = { kind: "token"; token: string } | { kind: "refused" };

export type AuthService = {
  login(fields: Parameters<typeof toLoginForm>[0], address: string): Promise<LoginResult>;
  /** Who the bearer of a token is, now. @throws AppError 401 */
  authenticate(token: string): Principal | Promise<Principal>;
};

export function createAuthService(parts: {
  db: Database;
  clock: Clock;
  tokens: Tokens;
  principals: PrincipalDirectory;
}): AuthService {
  const { db, clock, tokens, principals } = parts;
  const guard = new LoginGuard();

  const refuse = async (
    form: LoginForm,
    account: Account | undefined,
    address: string,
    reason: string,
  ): Promise<LoginResult> => {
    guard.recordFailure(form.username, address, clock());
    const actor = account?.username ?? form.username.slice(0, 200);
    await recordAudit(db, {
      subscriptionId: account?.subscription_id ?? null,
      actor,
      action: "auth.login",
      address,
      result: "failure",
      detail: { reason },
    });
    return { kind: "refused" };
  };

  return {
    async login(fields, address) {
      const form = toLoginForm(fields);
      assertCredentials(form);
      const waitSec = guard.waitSec(form.username, address, clock());
      if (waitSec > 0) {
        throw new AppError("too-many-requests", `too many failed log-ins; try again in ${waitSec} s`, {
          headers: { "Retry-After": String(waitSec) },
        });
      }
      const account = await findAccount(db, form.username);
      const isRight = await isPasswordRight(form.password, account?.password_hash);
      if (!account) return refuse(form, account, address, "unknown user");
      if (!isRight) return refuse(form, account, address, "wrong password");
      principals.clear();
      const principal = await principals.find(account.subscription_id, account.id);
      if (!principal)
        return refuse(form, account, address, account.status === "ACTIVE" ? "no API access" : account.status);
      guard.recordSuccess(form.username, address);
      const { caller } = principal;
      const token = await tokens.mint(caller, { withPermissions: form.wantsPermissions });
      await recordLogin(db, caller, address);
      return { kind: "token", token };
    },

    authenticate(token) {
      const subject = tokens.peek(token);
      const principal = subject && principals.peek(subject.subscriptionId, subject.userId);
      return principal ?? authenticateSlowly(token, tokens, principals);
    },
  };
}

async function authenticateSlowly(token: string, tokens: Tokens, principals: PrincipalDirectory): Promise<Principal> {
  const subject = await tokens.verify(token);
  const principal = await principals.find(subject.subscriptionId, subject.userId);
  if (!principal) throw notAuthenticated();
  return principal;
}

function assertCredentials(form: LoginForm): void {
  if (!form.username) throw new AppError("invalid-parameter", "username is missing");
  if (!form.password) throw new AppError("invalid-parameter", "password is missing");
  if (!form.wantsToken)
    throw new AppError("token-declined", "token is false, but a token is all that /auth has to give");
}

async function recordLogin(db: Database, caller: Caller, address: string): Promise<void> {
  await writeLastLogin(db, caller);
  await recordAudit(db, {
    subscriptionId: caller.subscriptionId,
    actor: caller.username,
    action: "auth.login",
    address,
    result: "success",
  });
}
