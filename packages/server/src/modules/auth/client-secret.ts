import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A new secret: 256 random bits as 43 characters. */
export function makeClientSecret(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * What is kept of a secret. Nobody can try 2^256 of them, however fast: the slow hash that guards a password, which people
 * choose, would only make log-ins cost as much as an attack. The id in front keeps equal secrets apart.
 */
export function hashClientSecret(clientId: string, secret: string): Buffer {
  return createHash("sha256").update(`${clientId}:${secret}`).digest();
}

/** Whether the hash is one of these; takes as long whatever they hold. */
export function isOneOf(hash: Buffer, kept: readonly Buffer[]): boolean {
  return kept.map((other) => timingSafeEqual(hash, other)).includes(true);
}
