import { AppError } from "@breakwater/contract";
import { toLoginForm } from "./form.ts";
import type { Login } from "./login.ts";
import type { Principal } from "./principal.ts";
import type { PrincipalDirectory } from "./principal-directory.ts";
import { notAuthenticated, type TokenSubject, type Tokens } from "./tokens.ts";

/** What a log-in comes to. `refused` has one answer whatever the reason, which only the audit log tells. */
export type LoginResult = { kind: "token"; token: string } | { kind: "refused" };

export type AuthService = {
  login(fields: Parameters<typeof toLoginForm>[0], address: string): Promise<LoginResult>;
  changePassword(
    fields: { username?: string; password?: string; newPassword: string },
    address: string,
  ): Promise<{ kind: "changed" | "refused" }>;
  /**
   * Who the bearer of a token is, now, calling from that address.
   *
   * @throws AppError 401
   */
  authenticate(token: string, address: string): Principal | Promise<Principal>;
};

export function createAuthService(parts: {
  login: Login;
  tokens: Tokens;
  principals: PrincipalDirectory;
}): AuthService {
  const { login, tokens, principals } = parts;
  return {
    async login(fields, address) {
      const { username, password, wantsToken, wantsPermissions } = toLoginForm(fields);
      assertGiven({ username, password });
      if (!wantsToken)
        throw new AppError("token-declined", "token is false, but a token is all that /auth has to give");
      const loggedIn = await login.logIn({ username, password, address });
      if (!loggedIn) return { kind: "refused" };
      const { account, tokenGeneration } = loggedIn;
      const principal = await principals.find(account.subscription_id, { kind: "user", id: account.id });
      // Deactivated, or without API access, since the password was looked at.
      if (!principal) return { kind: "refused" };
      const options = { withPermissions: wantsPermissions, generation: tokenGeneration };
      return { kind: "token", token: await tokens.mint(principal.caller, options) };
    },

    async changePassword({ username = "", password = "", newPassword }, address) {
      assertGiven({ username, password });
      if (newPassword === password) throw new AppError("invalid-parameter", "newPassword must differ from password");
      const isChanged = await login.changePassword({ username, password, address }, newPassword);
      return { kind: isChanged ? "changed" : "refused" };
    },

    authenticate(token, address) {
      const subject = tokens.peek(token);
      const principal = subject && principals.peek(subject.subscriptionId, subject.account);
      if (!principal || subject.record || isOutOfDate(principal, subject))
        return authenticateSlowly(token, address, tokens, principals);
      assertMayCall(principal, subject, address);
      return principal;
    },
  };
}

async function authenticateSlowly(
  token: string,
  address: string,
  tokens: Tokens,
  principals: PrincipalDirectory,
): Promise<Principal> {
  const subject = await tokens.verify(token);
  const { subscriptionId, account } = subject;
  let principal = await principals.find(subscriptionId, account);
  // That reading may have begun before the token's generation did; the next one cannot have.
  if (principal && isOutOfDate(principal, subject)) principal = await principals.find(subscriptionId, account);
  if (!principal) throw notAuthenticated();
  assertMayCall(principal, subject, address);
  await subject.record?.(principal.caller.username, address);
  return principal;
}

/** A token of a generation that the principal does not know yet: read again. */
function isOutOfDate(principal: Principal, { generation }: TokenSubject): boolean {
  return generation !== undefined && generation > principal.tokenGeneration;
}

/** @throws AppError `not-authenticated`, which does not say whether the token or the address is refused */
function assertMayCall(principal: Principal, { generation }: TokenSubject, address: string): void {
  if (generation !== undefined && generation !== principal.tokenGeneration) throw notAuthenticated();
  if (principal.allowList && !principal.allowList.has(address)) throw notAuthenticated();
}

/** @throws AppError `invalid-parameter` naming the field that is missing */
function assertGiven(fields: Record<string, string>): void {
  const missing = Object.keys(fields).find((name) => !fields[name]);
  if (missing !== undefined) throw new AppError("invalid-parameter", `${missing} is missing`);
}
