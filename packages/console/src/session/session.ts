import { readTokenTimes } from "@breakwater/client";

/** Who is signed in, as the token says it. */
export type Session = {
  token: string;
  username: string;
  permissions: readonly string[];
  /** Epoch ms, by this machine's clock. */
  expiresAtMs: number;
};

/** Why nobody is signed in any more. */
export type SignOutReason = "asked" | "expired" | "withdrawn";

/** Of this tab alone, and gone with it: nothing is kept where another tab or a later visit could read it. */
const KEY = "breakwater.session";

let current: Session | undefined = readKept();
let lastReason: SignOutReason | undefined;
let expiry: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();
if (current !== undefined) awaitExpiry(current);

export function currentSession(): Session | undefined {
  return current;
}

/** What the sign-in page says first. */
export function lastSignOut(): SignOutReason | undefined {
  return lastReason;
}

/** @throws TypeError when the token is none of this server's */
export function beginSession(token: string): Session {
  const { iat, exp } = readTokenTimes(token);
  const claims = readClaims(token);
  // By the token's length of life: this clock and the server's may differ.
  const lifetimeMs = iat === undefined || exp === undefined ? 0 : (exp - iat) * 1000;
  return keep({ token, ...claims, expiresAtMs: Date.now() + lifetimeMs });
}

export function endSession(reason: SignOutReason): void {
  if (current === undefined) return;
  lastReason = reason;
  current = undefined;
  clearTimeout(expiry);
  sessionStorage.removeItem(KEY);
  for (const tell of listeners) tell();
}

/** @returns takes the listener away again */
export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function keep(session: Session): Session {
  current = session;
  lastReason = undefined;
  sessionStorage.setItem(KEY, JSON.stringify(session));
  awaitExpiry(session);
  for (const tell of listeners) tell();
  return session;
}

/** Of a machine that slept meanwhile the server's refusal tells, should that come first. */
function awaitExpiry({ expiresAtMs }: Session): void {
  clearTimeout(expiry);
  expiry = setTimeout(() => endSession("expired"), expiresAtMs - Date.now());
}

function readKept(): Session | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Session | null;
    return kept ?? undefined;
  } catch {
    return undefined;
  }
}

function readClaims(token: string): Pick<Session, "username" | "permissions"> {
  const bytes = Uint8Array.from(atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/")), (sign) =>
    sign.charCodeAt(0),
  );
  const { sub, permissions } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  if (typeof sub !== "string") throw new TypeError("the server answered with something that is not a token");
  return { username: sub, permissions: Array.isArray(permissions) ? permissions.map(String) : [] };
}
