import { AppError } from "@breakwater/contract";
import { MAX_USERNAME_BYTES, PASSWORD_LENGTH } from "@breakwater/contract/schemas/user";

/**
 * Visible at both ends, and between them no controls, line breaks, bidi overrides or other invisible characters: they
 * would forge lines in logs and make one name look like another.
 */
const VISIBLE_NAME = /^[^\p{C}\p{Z}](?:[^\p{C}\p{Zl}\p{Zp}]*[^\p{C}\p{Z}])?$/u;

/** What subscription-level clients are called in place of a user name: theirs alone. */
export const CLIENT_PREFIX = "client:";
/** What imports from a watched folder are created by. */
const CONNECTION_PREFIX = "connection:";

/** @throws AppError `invalid-parameter` naming the member */
export function assertVisibleName(name: string, member: string): void {
  const fault = describeNameFault(name);
  if (fault) throw new AppError("invalid-parameter", `${member} ${fault}`);
}

/** @throws AppError `invalid-parameter` */
export function assertUsername(username: string, member = "username"): void {
  const fault = describeUsernameFault(username);
  if (fault) throw new AppError("invalid-parameter", `${member} ${fault}`);
}

/** What is wrong with a user name, to follow its name in a sentence; undefined: nothing. */
export function describeUsernameFault(username: string): string | undefined {
  if (Buffer.byteLength(username) > MAX_USERNAME_BYTES) {
    return `must be at most ${MAX_USERNAME_BYTES} bytes of UTF-8`;
  }
  for (const prefix of [CLIENT_PREFIX, CONNECTION_PREFIX]) {
    if (username.toLowerCase().startsWith(prefix)) return `must not begin with ${prefix}`;
  }
  return describeNameFault(username);
}

/** The same for a password, as the contract limits it. */
export function describePasswordFault(password: string): string | undefined {
  const { min, max } = PASSWORD_LENGTH;
  return password.length < min || password.length > max ? `must have ${min} to ${max} characters` : undefined;
}

function describeNameFault(name: string): string | undefined {
  return VISIBLE_NAME.test(name)
    ? undefined
    : "must begin and end with a visible character and hold no control characters, line breaks or invisible characters";
}
