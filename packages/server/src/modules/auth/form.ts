/** What `POST /auth` was asked. */
export type LoginForm = { username: string; password: string; wantsToken: boolean; wantsPermissions: boolean };

const TRUE_WORDS = new Set(["true", "1", "yes", "on"]);
const FALSE_WORDS = new Set(["false", "0", "no", "off"]);

/** Whether the field says yes; absent: no. */
export function isTrueWord(word = ""): boolean {
  return TRUE_WORDS.has(word.trim().toLowerCase());
}

/**
 * Reads the form in all three printed shapes (platform.md 2.1). `--data-urlencode "token=true&permissions=true"` arrives
 * as one field whose value is itself a query string: it is read again, and explicit fields win over what it holds.
 *
 * @param fields the parsed form; of a repeated field the last value
 */
export function toLoginForm(fields: {
  username?: string;
  password?: string;
  token?: string;
  permissions?: string;
}): LoginForm {
  const token = fields.token ?? "true";
  const embedded = token.includes("&") ? new URLSearchParams(`token=${token}`) : undefined;
  const ownToken = embedded?.getAll("token").at(-1) ?? token;
  const permissions = fields.permissions ?? embedded?.getAll("permissions").at(-1) ?? "false";
  return {
    username: fields.username ?? embedded?.getAll("username").at(-1) ?? "",
    password: fields.password ?? embedded?.getAll("password").at(-1) ?? "",
    wantsToken: !FALSE_WORDS.has(ownToken.trim().toLowerCase()),
    wantsPermissions: isTrueWord(permissions),
  };
}
