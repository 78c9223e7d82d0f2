import { createHmac, randomBytes } from "node:crypto";

const PREFIX = "whsec_";

/** A new signing secret: `whsec_` and 32 random bytes in base64. */
export function makeSecret(): string {
  return PREFIX + randomBytes(32).toString("base64");
}

/**
 * Value of `webhook-signature`: one `v1,<base64>` per secret, separated by a space. HMAC-SHA256 over
 * `id.timestamp.body`, keyed with the bytes behind the prefix, as Standard Webhooks has it.
 *
 * @param message.timestampSec epoch seconds, as in `webhook-timestamp`
 */
export function sign(secrets: readonly string[], message: { id: string; timestampSec: number; body: string }): string {
  const signed = `${message.id}.${message.timestampSec}.${message.body}`;
  return secrets
    .map((secret) => createHmac("sha256", Buffer.from(secret.slice(PREFIX.length), "base64")).update(signed))
    .map((hmac) => `v1,${hmac.digest("base64")}`)
    .join(" ");
}
