import { createHash, type KeyObject } from "node:crypto";
import { AppError } from "@breakwater/contract";
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import { sql } from "kysely";
import type { Logger } from "pino";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { recordAudit } from "../audit/index.ts";
import { PROVIDER_ALGORITHMS, ProviderKeys } from "./provider-keys.ts";
import { type ForeignTokens, notAuthenticated, SKEW_SEC, type TokenSubject } from "./tokens.ts";

/**
 * How long the list of providers and what a token came to are believed. Together below one second, so that a provider
 * taken away or a user renamed takes effect on live tokens within that (platform.md 2.3).
 */
const FRESH_MS = 450;
const MAX_BELIEVED = 10_000;
/** Tokens that are there to end a session, or for another receiver, are none to call with (RFC 8725, 3.11). */
const TOKEN_TYPES: readonly (string | undefined)[] = [undefined, "jwt", "at+jwt", "application/at+jwt"];

type Provider = {
  id: number;
  subscriptionId: number;
  isOperator: boolean;
  issuer: string;
  audience: string;
  jwksUrl: string | null;
  certificates: string[];
  userClaim: "sub" | "email";
};

/** The first call on this node with a token. */
type FirstUse = { provider: Provider; userId: number; username: string; address: string };

/** Tokens of the subscriptions' identity providers (platform.md 2.3), each of which stands for one user. */
export class IdentityProviders implements ForeignTokens {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #keys: ProviderKeys;
  readonly #believed = new Map<string, { subject: TokenSubject; at: number }>();
  /** By provider, user and digest, so that no token is kept longer than it is believed. */
  readonly #recorded = new Map<string, Promise<void>>();
  #providers: { list: readonly Provider[]; readAt: number } = { list: [], readAt: Number.NEGATIVE_INFINITY };
  #reading: Promise<void> | undefined;

  constructor(parts: { db: Database; clock: Clock; log: Logger }) {
    this.#db = parts.db;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#keys = new ProviderKeys(parts.clock, parts.log);
  }

  peek(token: string): TokenSubject | undefined {
    const known = this.#believed.get(token);
    const now = this.#clock();
    if (!known || Math.abs(now - known.at) >= FRESH_MS) return undefined;
    return now < known.subject.expiresAtMs ? known.subject : undefined;
  }

  /** The whole work each time: what was found out before is forgotten faster than it would pay to keep. */
  async verify(token: string): Promise<TokenSubject> {
    const startedAt = this.#clock();
    const provider = await this.#findProvider(decodeJwt(token));
    const payload = await this.#verifySignature(token, provider);
    const userId = await findUser(this.#db, provider, payload);
    if (userId === undefined) throw notAuthenticated();
    const subject: TokenSubject = {
      subscriptionId: provider.subscriptionId,
      account: { kind: "user", id: userId },
      expiresAtMs: Number(payload.exp) * 1000,
    };
    const key = `${provider.id} ${userId} ${createHash("sha256").update(token).digest("base64")}`;
    const recorded = this.#recorded.get(key);
    if (recorded) await recorded;
    else {
      subject.record = async (username, address) => {
        await this.#recordOnce(key, { provider, userId, username, address });
        delete subject.record;
      };
    }
    this.#believed.delete(token);
    setBounded(this.#believed, token, { subject, at: startedAt });
    return subject;
  }

  /** Calls at once share one event. What could not be recorded fails them all, and is recorded by the next. */
  #recordOnce(key: string, use: FirstUse): Promise<void> {
    let recording = this.#recorded.get(key);
    if (!recording) {
      recording = this.#record(use);
      setBounded(this.#recorded, key, recording);
      recording.catch(() => this.#recorded.delete(key));
    }
    return recording;
  }

  async #record({ provider: { id, subscriptionId }, userId, username, address }: FirstUse): Promise<void> {
    await this.#db.write.transaction().execute(async (tx) => {
      await sql`
        UPDATE app_user SET last_login_at = ${new Date(this.#clock())}
        WHERE subscription_id = ${subscriptionId} AND id = ${userId}`.execute(tx);
      const event = { subscriptionId, actor: username, action: "auth.provider", target: String(id), address };
      await recordAudit(this.#db, { ...event, result: "success" }, tx);
    });
  }

  /** The one provider with this issuer and one of these audiences. */
  async #findProvider({ iss, aud }: JWTPayload): Promise<Provider> {
    if (Math.abs(this.#clock() - this.#providers.readAt) >= FRESH_MS) {
      this.#reading ??= this.#readProviders();
      await this.#reading;
    }
    const audiences = [aud].flat();
    const found = this.#providers.list.filter(({ issuer, audience }) => issuer === iss && audiences.includes(audience));
    if (found.length > 1) {
      // Several audiences, of several providers: it could mean a user here and another there.
      this.#log.warn({ issuer: iss }, "a token for more than one identity provider was refused");
    }
    const [provider] = found;
    if (!provider || found.length > 1) throw notAuthenticated();
    return provider;
  }

  async #readProviders(): Promise<void> {
    const readAt = this.#clock();
    try {
      const { rows } = await sql<Provider>`
        SELECT id, subscription_id AS "subscriptionId",
               subscription_id = (SELECT min(id) FROM subscription) AS "isOperator",
               issuer, audience, jwks_url AS "jwksUrl", certificates, user_claim AS "userClaim"
        FROM identity_provider`.execute(this.#db.read);
      this.#providers = { list: rows, readAt };
    } finally {
      this.#reading = undefined;
    }
  }

  async #verifySignature(token: string, provider: Provider): Promise<JWTPayload> {
    const { kid, alg, typ } = decodeProtectedHeader(token);
    if (!TOKEN_TYPES.includes(typ?.toLowerCase())) throw notAuthenticated();
    const keys = await this.#keys.find(provider, { kid, alg: alg ?? "none" });
    for (const key of keys) {
      const payload = await this.#verifyWith(token, provider, key);
      if (payload) return payload;
    }
    throw notAuthenticated();
  }

  /** @returns undefined: another key signed it */
  async #verifyWith(token: string, provider: Provider, key: KeyObject): Promise<JWTPayload | undefined> {
    const nowMs = this.#clock();
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [...PROVIDER_ALGORITHMS],
        issuer: provider.issuer,
        audience: provider.audience,
        currentDate: new Date(nowMs),
        // For `nbf`; of `exp` nothing is given away, below.
        clockTolerance: SKEW_SEC,
        requiredClaims: ["exp", "iat"],
      });
      if (Number(payload.exp) * 1000 <= nowMs) throw new AppError("token-expired", "JWT expired");
      if (Number(payload.iat) > nowMs / 1000 + SKEW_SEC) throw notAuthenticated();
      return payload;
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) return undefined;
      throw error;
    }
  }
}

/** The oldest gives way. */
function setBounded<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.size >= MAX_BELIEVED) map.delete(map.keys().next().value as string);
  map.set(key, value);
}

/**
 * The user that the token names; whether that user may call is not asked here. A `sub` counts letter by letter: a provider
 * may have an alice and an Alice. An address that several users have is nobody's, nor is one that the provider says it
 * has not verified.
 */
async function findUser(db: Database, provider: Provider, payload: JWTPayload): Promise<number | undefined> {
  const name = payload[provider.userClaim];
  if (typeof name !== "string" || name === "" || name.includes("\0")) return undefined;
  const isEmail = provider.userClaim === "email";
  if (isEmail && String(payload.email_verified).toLowerCase() === "false") return undefined;
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM app_user
    WHERE subscription_id = ${provider.subscriptionId}
      AND ${isEmail ? sql`lower(email) = lower(${name})` : sql`lower(username) = lower(${name}) AND username = ${name}`}
    LIMIT 2`.execute(db.read);
  return rows.length === 1 ? rows[0]?.id : undefined;
}
