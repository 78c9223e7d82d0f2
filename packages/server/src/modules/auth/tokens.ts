import { randomUUID } from "node:crypto";
import { AppError, type SigningAlgorithm } from "@breakwater/contract";
import { CompactSign, decodeJwt, decodeProtectedHeader, errors, jwtVerify } from "jose";
import type { Account, Caller } from "../../caller.ts";
import type { Clock } from "../../context.ts";
import { type SigningKeys, TOKEN_LIFETIME_SEC } from "./signing-keys.ts";

/** How far a token's `iat` may lie ahead of this clock. */
export const SKEW_SEC = 60;
/** `iss` and `aud` of the tokens minted here. */
export const ISSUER = "qas";
const MAX_TOKEN_CHARS = 8_192;
const MAX_CACHED = 10_000;
/** Namespaced claim of our own: who the token is for, without a look-up by name. */
const OWN_CLAIM = "breakwater";

/** What a verified token says; `generation` of a user's token that was minted here. */
export type TokenSubject = {
  subscriptionId: number;
  account: Account;
  generation?: number;
  expiresAtMs: number;
  /** Of another's token that is new here: to be awaited once, as soon as it is known that its bearer may call. */
  record?: (username: string, address: string) => Promise<void>;
};

/** Tokens of others that are good here: those of identity providers. */
export type ForeignTokens = {
  /** What the token says, when it was verified a moment ago. */
  peek(token: string): TokenSubject | undefined;
  /** @throws AppError as {@link Tokens.verify} does, or what jose throws */
  verify(token: string): Promise<TokenSubject>;
};

/**
 * Signs and verifies tokens. Verified ones are remembered by the whole token, bounded, with `exp` looked at on each hit;
 * whether their user may still call is not this cache's business (see PrincipalDirectory).
 */
export class Tokens {
  readonly #keys: SigningKeys;
  readonly #clock: Clock;
  readonly #foreign: ForeignTokens | undefined;
  readonly #verified = new Map<string, TokenSubject>();

  constructor(keys: SigningKeys, clock: Clock, foreign?: ForeignTokens) {
    this.#keys = keys;
    this.#clock = clock;
    this.#foreign = foreign;
  }

  /** A compact JWT with the claims that clients of the documented service read. */
  async mint(
    caller: Caller,
    options: { withPermissions: boolean; generation?: number; algorithm?: SigningAlgorithm },
  ): Promise<string> {
    const key = await this.#keys.current(options.algorithm ?? "HS512");
    const iat = Math.floor(this.#clock() / 1000);
    const claims = {
      sub: caller.username,
      iss: ISSUER,
      aud: ISSUER,
      iat,
      exp: iat + TOKEN_LIFETIME_SEC,
      jti: randomUUID(),
      loginResponse: "SUCCESSFUL",
      credentialType: "UsernamePasswordCredential",
      usertype: "fo",
      modulesAllowed: toModules(caller),
      ...(options.withPermissions ? { permissions: [...caller.permissions] } : {}),
      [OWN_CLAIM]: {
        subscription: caller.subscriptionId,
        [caller.account.kind]: caller.account.id,
        generation: options.generation,
      },
    };
    return new CompactSign(new TextEncoder().encode(toPlainJson(claims)))
      .setProtectedHeader({ alg: key.algorithm, typ: "JWT", kid: key.id })
      .sign(key.signs);
  }

  /** What the token says, at once when it was verified before; undefined when it must be verified first. */
  peek(token: string): TokenSubject | undefined {
    const subject = this.#verified.get(token);
    if (!subject) return this.#foreign?.peek(token);
    if (subject.expiresAtMs <= this.#clock()) {
      this.#verified.delete(token);
      return undefined;
    }
    return subject;
  }

  /** @throws AppError `not-authenticated` or `token-expired` */
  async verify(token: string): Promise<TokenSubject> {
    const known = this.peek(token);
    if (known) return known;
    if (token.length > MAX_TOKEN_CHARS) throw notAuthenticated();
    try {
      if (this.#foreign && decodeJwt(token).iss !== ISSUER) return await this.#foreign.verify(token);
      return this.#remember(token, await this.#verifyOwn(token));
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new AppError("token-expired", "JWT expired");
      if (error instanceof errors.JOSEError || error instanceof TypeError) throw notAuthenticated(error);
      throw error;
    }
  }

  #remember(token: string, subject: TokenSubject): TokenSubject {
    if (this.#verified.size >= MAX_CACHED) this.#verified.delete(this.#verified.keys().next().value as string);
    this.#verified.set(token, subject);
    return subject;
  }

  /** By the key that the token names, and by that key's own algorithm alone. */
  async #verifyOwn(token: string): Promise<TokenSubject> {
    const { kid } = decodeProtectedHeader(token);
    const key = typeof kid === "string" ? await this.#keys.find(kid) : undefined;
    if (!key) throw notAuthenticated();
    const nowMs = this.#clock();
    const { payload } = await jwtVerify(token, key.verifies, {
      algorithms: [key.algorithm],
      issuer: ISSUER,
      audience: ISSUER,
      currentDate: new Date(nowMs),
      requiredClaims: ["exp", "iat", "sub"],
    });
    if (Number(payload.iat) > nowMs / 1000 + SKEW_SEC) throw notAuthenticated();
    return { ...toSubject(payload[OWN_CLAIM]), expiresAtMs: Number(payload.exp) * 1000 };
  }
}

function toSubject(claim: unknown): Omit<TokenSubject, "expiresAtMs"> {
  const { subscription, user, client, generation = 0 } = (claim ?? {}) as Record<string, unknown>;
  if (typeof subscription !== "number") throw notAuthenticated();
  if (typeof user === "number") {
    return { subscriptionId: subscription, account: { kind: "user", id: user }, generation: Number(generation) };
  }
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
