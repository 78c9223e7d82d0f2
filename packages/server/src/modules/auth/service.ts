import { AppError } from "@breakwater/contract";
import type { Caller } from "../../caller.ts";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { recordAudit } from "../audit/index.ts";
import { type Account, findAccount, writeLastLogin } from "./accounts.ts";
import { type LoginForm, toLoginForm } from "./form.ts";
import { Gate, GateFullError } from "./gate.ts";
import { type Attempt, LoginGuard } from "./login-guard.ts";
import { isPasswordRight } from "./passwords.ts";
import type { Principal, PrincipalDirectory } from "./principal-directory.ts";
import { notAuthenticated, type Tokens } from "./tokens.ts";

/** Passwords verified at once: each takes 19 MiB and a thread of the pool that files and name look-ups need too. */
const MAX_VERIFYING = 2;
/** Log-ins that wait for their turn; more are sent away. */
const MAX_WAITING = 64;

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
  const gate = new Gate(MAX_VERIFYING, MAX_WAITING);

  const logIn = async (form: LoginForm, address: string, attempt: Attempt): Promise<LoginResult> => {
    const { account, isRight } = await gate.run(async () => {
      const found = await findAccount(db, form.username);
      return { account: found, isRight: await isPasswordRight(form.password, found?.password_hash) };
    });
    if (!account) return refuse(db, form, account, address, "unknown user");
    if (!isRight) return refuse(db, form, account, address, "wrong password");
    const principal = await principals.find(account.subscription_id, { kind: "user", id: account.id });
    if (!principal)
      return refuse(db, form, account, address, account.status === "ACTIVE" ? "no API access" : account.status);
    attempt.succeed();
    const { caller } = principal;
    const token = await tokens.mint(caller, { withPermissions: form.wantsPermissions });
    await recordLogin(db, caller, account.id, address);
    return { kind: "token", token };
  };

  return {
    async login(fields, address) {
      const form = toLoginForm(fields);
      assertCredentials(form);
      const attempt = beginAttempt(guard, form, address, clock());
      try {
        return await logIn(form, address, attempt);
      } catch (error) {
        attempt.withdraw();
        if (error instanceof GateFullError) throw tooMany("too many log-ins at once; try again in 1 s", 1);
        throw error;
      }
    },

    authenticate(token) {
      const subject = tokens.peek(token);
      const principal = subject && principals.peek(subject.subscriptionId, subject.account);
      return principal ?? authenticateSlowly(token, tokens, principals);
    },
  };
}

/** Counts the attempt before anything is awaited, so that attempts made at once cannot all pass. */
function beginAttempt(guard: LoginGuard, form: LoginForm, address: string, nowMs: number): Attempt {
  const begun = guard.begin(form.username, address, nowMs);
  if ("attempt" in begun) return begun.attempt;
  throw tooMany(`too many failed log-ins; try again in ${begun.waitSec} s`, begun.waitSec);
}

async function refuse(
  db: Database,
  form: LoginForm,
  account: Account | undefined,
  address: string,
  reason: string,
): Promise<LoginResult> {
  await recordAudit(db, {
    subscriptionId: account?.subscription_id ?? null,
    actor: account?.username ?? form.username.slice(0, 200),
    action: "auth.login",
    address,
    result: "failure",
    detail: { reason },
  });
  return { kind: "refused" };
}

function tooMany(message: string, waitSec: number): AppError {
  return new AppError("too-many-requests", message, { headers: { "Retry-After": String(waitSec) } });
}

async function authenticateSlowly(token: string, tokens: Tokens, principals: PrincipalDirectory): Promise<Principal> {
  const subject = await tokens.verify(token);
  const principal = await principals.find(subject.subscriptionId, subject.account);
  if (!principal) throw notAuthenticated();
  return principal;
}

function assertCredentials(form: LoginForm): void {
  if (!form.username) throw new AppError("invalid-parameter", "username is missing");
  if (!form.password) throw new AppError("invalid-parameter", "password is missing");
  if (!form.wantsToken)
    throw new AppError("token-declined", "token is false, but a token is all that /auth has to give");
}

async function recordLogin(db: Database, caller: Caller, userId: number, address: string): Promise<void> {
  await writeLastLogin(db, caller, userId);
  await recordAudit(db, {
    subscriptionId: caller.subscriptionId,
    actor: caller.username,
    action: "auth.login",
    address,
    result: "success",
  });
}
