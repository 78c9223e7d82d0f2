import { randomUUID } from "node:crypto";
import { AppError } from "@breakwater/contract";
import { CompactSign, decodeProtectedHeader, errors, jwtVerify } from "jose";
import type { Account, Caller } from "../../caller.ts";
import type { Clock } from "../../context.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Lifetime of a token: four hours (platform.md 2.3). */
const LIFETIME_SEC = 4 * 3600;
/** How far a token's `iat` may lie ahead of this clock. */
const SKEW_SEC = 60;
const ISSUER = "qas";
const MAX_TOKEN_CHARS = 8_192;
const MAX_CACHED = 10_000;
/** Namespaced claim of our own: who the token is for, without a look-up by name. */
const OWN_CLAIM = "breakwater";

/** What a verified token says. */
export type TokenSubject = { subscriptionId: number; account: Account; expiresAtMs: number };

/**
 * Signs and verifies tokens. Verified ones are remembered by the whole token, bounded, with `exp` looked at on each hit;
 * whether their user may still call is not this cache's business (see PrincipalDirectory).
 */
export class Tokens {
  readonly #keys: SigningKeys;
  readonly #clock: Clock;
  readonly #verified = new Map<string, TokenSubject>();

  constructor(keys: SigningKeys, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /** A compact JWT with the claims that clients of the documented service read. */
  async mint(caller: Caller, options: { withPermissions: boolean }): Promise<string> {
    const key = this.#keys.current;
    const iat = Math.floor(this.#clock() / 1000);
    const claims = {
      sub: caller.username,
      iss: ISSUER,
      aud: ISSUER,
      iat,
      exp: iat + LIFETIME_SEC,
      jti: randomUUID(),
      loginResponse: "SUCCESSFUL",
      credentialType: "UsernamePasswordCredential",
      usertype: "fo",
      modulesAllowed: toModules(caller),
      ...(options.withPermissions ? { permissions: [...caller.permissions] } : {}),
      [OWN_CLAIM]: { subscription: caller.subscriptionId, [caller.account.kind]: caller.account.id },
    };
    return new CompactSign(new TextEncoder().encode(toPlainJson(claims)))
      .setProtectedHeader({ alg: "HS512", typ: "JWT", kid: key.id })
      .sign(key.secret);
  }

  /** What the token says, at once when it was verified before; undefined when it must be verified first. */
  peek(token: string): TokenSubject | undefined {
    const subject = this.#verified.get(token);
    if (subject && subject.expiresAtMs <= this.#clock()) {
      this.#verified.delete(token);
      return undefined;
    }
    return subject;
  }

  /** @throws AppError `not-authenticated` or `token-expired` */
  async verify(token: string): Promise<TokenSubject> {
    const known = this.peek(token);
    if (known) return known;
    const subject = await this.#verifySignature(token);
    if (this.#verified.size >= MAX_CACHED) this.#verified.delete(this.#verified.keys().next().value as string);
    this.#verified.set(token, subject);
    return subject;
  }

  async #verifySignature(token: string): Promise<TokenSubject> {
    if (token.length > MAX_TOKEN_CHARS) throw notAuthenticated();
    try {
      const { kid } = decodeProtectedHeader(token);
      const key = kid === undefined ? undefined : await this.#keys.find(kid);
      if (!key) throw notAuthenticated();
      const nowMs = this.#clock();
      const { payload } = await jwtVerify(token, key.secret, {
        algorithms: ["HS512"],
        issuer: ISSUER,
        audience: ISSUER,
        currentDate: new Date(nowMs),
        requiredClaims: ["exp", "iat", "sub"],
      });
      if (Number(payload.iat) > nowMs / 1000 + SKEW_SEC) throw notAuthenticated();
      return { ...toSubject(payload[OWN_CLAIM]), expiresAtMs: Number(payload.exp) * 1000 };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new AppError("token-expired", "JWT expired");
      if (error instanceof AppError) throw error;
      if (error instanceof errors.JOSEError || error instanceof TypeError) throw notAuthenticated(error);
      throw error;
    }
  }
}

function toSubject(claim: unknown): { subscriptionId: number; account: Account } {
  const { subscription, user, client } = (claim ?? {}) as Record<string, unknown>;
  if (typeof subscription !== "number") throw notAuthenticated();
  if (typeof user === "number") return { subscriptionId: subscription, account: { kind: "user", id: user } };
  if (typeof client === "string") return { subscriptionId: subscription, account: { kind: "client", id: client } };
  throw notAuthenticated();
}

/** The answer to no, malformed and unknown tokens alike (platform.md 2.3). */
export function notAuthenticated(cause?: unknown): AppError {
  return new AppError("not-authenticated", "Not authenticated", { cause });
}

/**
 * JSON in pure ASCII without `>`, `?`, `~` and DEL: base64url of such text holds neither `-` nor `_`, which clients with
 * a plain base64 decoder cannot read (platform.md 2.3).
 */
function toPlainJson(claims: unknown): string {
  return JSON.stringify(claims).replaceAll(/[>?~\u007f-\uffff]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function toModules(caller: Caller): string[] {
  const modules = [];
  if (caller.permissions.has("ETM API Access")) modules.push("ETM");
  if (caller.permissions.has("VMDR OT.API.ACCESS")) modules.push("OT");
  return modules;
}
