import { orAborted } from "./waiting.ts";

/** How long before its end a token is renewed, so that none ends on its way to the server. */
const RENEW_AHEAD_MS = 60_000;

/** The token of a client: asked for once however many calls wait for it, renewed before it ends. */
export type TokenSource = {
  /** The token for the next call; undefined when there is none and nobody to log in as. */
  current(signal: AbortSignal | undefined): Promise<string | undefined>;
  /** After the server said that `refused` has expired; false when there are no credentials for another. */
  renew(refused: string | undefined, signal: AbortSignal | undefined): Promise<boolean>;
  /** A new token in any case. */
  login(): Promise<string>;
};

/** @param requestToken logs in; undefined: there are no credentials */
export function createTokenSource(
  given: string | undefined,
  requestToken: (() => Promise<string>) | undefined,
): TokenSource {
  let token = given;
  let renewAtMs = Number.POSITIVE_INFINITY;
  let loggingIn: Promise<string> | undefined;

  const logIn = async () => {
    if (!requestToken)
      throw new TypeError("nobody to log in as: give username and password, or clientId and clientSecret");
    token = await requestToken();
    renewAtMs = toRenewalTime(token, Date.now());
    return token;
  };
  const login = () => {
    loggingIn ??= logIn().finally(() => {
      loggingIn = undefined;
    });
    return loggingIn;
  };

  return {
    login,
    async current(signal) {
      if (!requestToken) return token;
      if (token !== undefined && Date.now() < renewAtMs) return token;
      return orAborted(login(), signal);
    },
    async renew(refused, signal) {
      if (!requestToken) return false;
      // Another call has renewed it meanwhile, perhaps.
      if (token === refused) await orAborted(login(), signal);
      return true;
    },
  };
}

/** What a token says of its time: epoch seconds; undefined members when it does not say. */
export function readTokenTimes(token: string): { iat?: number; exp?: number } {
  try {
    const text = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const { iat, exp } = JSON.parse(atob(text)) as Record<string, unknown>;
    return { ...(typeof iat === "number" ? { iat } : {}), ...(typeof exp === "number" ? { exp } : {}) };
  } catch {
    return {};
  }
}

/** By the token's length of life, not by its dates: this clock and the server's may differ. */
function toRenewalTime(token: string, receivedAtMs: number): number {
  const { iat, exp } = readTokenTimes(token);
  if (iat === undefined || exp === undefined) return Number.POSITIVE_INFINITY;
  const lifetimeMs = (exp - iat) * 1000;
  return receivedAtMs + lifetimeMs - Math.min(RENEW_AHEAD_MS, lifetimeMs / 10);
}
