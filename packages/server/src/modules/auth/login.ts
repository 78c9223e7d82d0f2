import { availableParallelism } from "node:os";
import type { Clock } from "../../context.ts";
import type { Database, SqlHandle } from "../../db/pool.ts";
import { recordAudit } from "../audit/index.ts";
import { type Account, countFailure, findAccount, noteLogin, replacePassword } from "./accounts.ts";
import { Gate, GateFullError } from "./gate.ts";
import { LoginGuard, tooManyLogins } from "./login-guard.ts";
import { hashPassword, isPasswordRight } from "./passwords.ts";
import { judge, type Refusal } from "./verdict.ts";

/**
 * Passwords hashed at once: each takes 19 MiB and a thread of the pool that files and name look-ups need too. A core is left
 * to everybody else: guessing must not slow those who are in (docs/decisions/0015-transport.md).
 */
const MAX_HASHING = Math.min(2, Math.max(1, availableParallelism() - 1));
/** Log-ins that wait for their turn; more are sent away. */
const MAX_WAITING = 64;

/** Who says who they are, and from where. */
export type Credentials = { username: string; password: string; address: string };

/** Somebody whose password was right and who may come in; their tokens are of this generation. */
export type LoggedIn = { account: Account; tokenGeneration: number };

type Action = "auth.login" | "auth.password.change";

/**
 * Looks at passwords: behind the guard, few at a time, and with the same work and the same answer for every refusal,
 * whose reason only the audit log tells (platform.md 2.1, docs/decisions/0010-accounts.md).
 */
export class Login {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #guard = new LoginGuard();
  readonly #gate = new Gate(MAX_HASHING, MAX_WAITING);

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /**
   * @returns undefined: refused
   * @throws AppError `too-many-requests`
   */
  logIn(credentials: Credentials): Promise<LoggedIn | undefined> {
    return this.#guarded(credentials, async () => {
      const { account, nowMs } = await this.#examine("auth.login", credentials, { mayBeExpired: false });
      if (!account) return undefined;
      const tokenGeneration = await this.#db.write.transaction().execute(async (tx) => {
        const generation = await noteLogin(tx, account, nowMs);
        if (generation !== undefined) await this.#recordSuccess(tx, "auth.login", account, credentials.address);
        return generation;
      });
      if (tokenGeneration !== undefined) return { account, tokenGeneration };
      return this.#refuse("auth.login", credentials, account, { reason: "changed meanwhile" }, nowMs);
    });
  }

  /**
   * Changes one's own password, also when it has expired, and ends all tokens it was good for.
   *
   * @returns undefined: refused
   * @throws AppError `too-many-requests`
   */
  changePassword(credentials: Credentials, newPassword: string): Promise<true | undefined> {
    return this.#guarded(credentials, async () => {
      const { account, nowMs } = await this.#examine("auth.password.change", credentials, { mayBeExpired: true });
      if (!account) return undefined;
      const newHash = await this.#gate.run(() => hashPassword(newPassword));
      const isChanged = await this.#db.write.transaction().execute(async (tx) => {
        const isReplaced = await replacePassword(tx, account, newHash, nowMs);
        if (isReplaced) await this.#recordSuccess(tx, "auth.password.change", account, credentials.address);
        return isReplaced;
      });
      if (isChanged) return true;
      return this.#refuse("auth.password.change", credentials, account, { reason: "changed meanwhile" }, nowMs);
    });
  }

  /** Runs what looks at a password as an attempt of the guard: undefined stays a failure there. */
  async #guarded<T>({ username, address }: Credentials, look: () => Promise<T | undefined>): Promise<T | undefined> {
    const attempt = await this.#guard.enter(username, address, this.#clock);
    try {
      const result = await look();
      if (result !== undefined) attempt.succeed();
      return result;
    } catch (error) {
      attempt.withdraw();
      if (error instanceof GateFullError) throw tooManyLogins("too many log-ins at once; try again in 1 s", 1);
      throw error;
    } finally {
      attempt.fail();
    }
  }

  /** The account, when the password is right and it may come in. */
  async #examine(
    action: Action,
    credentials: Credentials,
    { mayBeExpired }: { mayBeExpired: boolean },
  ): Promise<{ account: Account | undefined; nowMs: number }> {
    const { account, isRight } = await this.#gate.run(async () => {
      const found = await findAccount(this.#db, credentials.username);
      const hash = found?.is_sso_only ? undefined : found?.password_hash;
      return { account: found, isRight: await isPasswordRight(credentials.password, hash) };
    });
    const nowMs = this.#clock();
    const refusal = judge(account, { isRight, address: credentials.address, nowMs, mayBeExpired });
    if (!refusal) return { account, nowMs };
    await this.#refuse(action, credentials, account, refusal, nowMs);
    return { account: undefined, nowMs };
  }

  /** The same statements in one transaction, whatever the reason; but see FloodBound. */
  async #refuse(
    action: Action,
    { username, address }: Credentials,
    account: Account | undefined,
    refusal: Refusal,
    nowMs: number,
  ): Promise<undefined> {
    const counted = refusal.isCounted ? account : undefined;
    const subject = {
      subscriptionId: account?.subscription_id ?? null,
      actor: account?.username ?? username.slice(0, 200),
      address,
    };
    await this.#db.write.transaction().execute(async (tx) => {
      const nowLocked = await countFailure(tx, counted, nowMs);
      if (counted) await this.#recordUnlock(tx, counted, address);
      const detail = { reason: refusal.reason };
      await recordAudit(this.#db, { ...subject, action, result: "failure", detail }, tx);
      if (nowLocked) await recordAudit(this.#db, { ...subject, action: "auth.lock", result: "success" }, tx);
    });
  }

  async #recordSuccess(tx: SqlHandle, action: Action, account: Account, address: string): Promise<void> {
    await this.#recordUnlock(tx, account, address);
    const { subscription_id: subscriptionId, username: actor } = account;
    await recordAudit(this.#db, { subscriptionId, actor, action, address, result: "success" }, tx);
  }

  /** Of a lock that was over by time, once somebody comes who finds it so. */
  async #recordUnlock(tx: SqlHandle, account: Account, address: string): Promise<void> {
    if (account.status !== "LOCKED") return;
    await recordAudit(
      this.#db,
      {
        subscriptionId: account.subscription_id,
        actor: account.username,
        action: "auth.unlock",
        address,
        result: "success",
        detail: { reason: "time" },
      },
      tx,
    );
  }
}
