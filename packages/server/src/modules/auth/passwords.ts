import { hash, verify } from "@node-rs/argon2";

/** Argon2id at the OWASP minimum (19 MiB, 2 passes); runs on the thread pool, not on the event loop. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
}

let decoy: Promise<string> | undefined;

/**
 * Whether the password fits. Without a hash (unknown user, or one without a password) the same work is done against a
 * decoy, so that time tells nothing about which user names exist.
 */
export async function isPasswordRight(password: string, storedHash = ""): Promise<boolean> {
  decoy ??= hashPassword("no account has this hash");
  const isRight = await verify(storedHash || (await decoy), password);
  return isRight && storedHash !== "";
}
