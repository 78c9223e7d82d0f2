import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from "node:crypto";
import type { Logger } from "pino";
import type { Clock } from "../../context.ts";
import type { Reach } from "../../outbound/address-rules.ts";
import { sendRequest } from "../../outbound/request.ts";

/** A public key of an identity provider; `kid` and `alg` where its key set tells them. */
type ProviderKey = { kid?: string; alg?: string; key: KeyObject };

/** Where a provider's keys come from: exactly one of the two. Only the operator's are fetched from this machine. */
type KeySource = { jwksUrl: string | null; certificates: readonly string[]; isOperator: boolean };

/** What of a token's header chooses the key. */
type KeyChoice = { kid?: string | undefined; alg: string };

/** Asymmetric algorithms alone, and the kind of key each goes with. `none` and HS… are not among them. */
const KEY_KINDS: Readonly<Record<string, string>> = {
  RS256: "rsa",
  RS384: "rsa",
  RS512: "rsa",
  PS256: "rsa",
  PS384: "rsa",
  PS512: "rsa",
  ES256: "ec prime256v1",
  ES384: "ec secp384r1",
  ES512: "ec secp521r1",
  EdDSA: "ed25519",
  Ed25519: "ed25519",
};

export const PROVIDER_ALGORITHMS: readonly string[] = Object.keys(KEY_KINDS);

/** After this time a key set is fetched again before it is used, so that keys the provider took back end. */
const MAX_AGE_MS = 5 * 60_000;
/** A provider is asked no more often, whatever key ids tokens name and whether it answers. */
const COOL_DOWN_MS = 30_000;
const TIME_OUT_MS = 5_000;
const MAX_BYTES = 256 * 1024;
/** Keys of a set that are looked at; each that fits a token without a key id costs a verification. */
const MAX_KEYS = 20;
const MAX_SETS = 1_000;
const MIN_RSA_BITS = 2048;

type KeySet = {
  url: string;
  reach: Reach;
  keys: readonly ProviderKey[];
  fetchedAt: number;
  askedAt: number;
  pending: Promise<void> | undefined;
};

/**
 * Public keys of identity providers: pasted ones as they are, key sets fetched and remembered. A provider that does not
 * answer leaves the keys that are known in force. Nothing is fetched for a provider without a `jwksUrl`.
 */
export class ProviderKeys {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #sets = new Map<string, KeySet>();

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Keys that could have signed such a token. */
  async find({ jwksUrl, certificates, isOperator }: KeySource, choice: KeyChoice): Promise<KeyObject[]> {
    if (jwksUrl === null)
      return choose(
        certificates.map((pem) => ({ key: readPublicKey(pem) })),
        choice,
      );
    const set = this.#setOf(jwksUrl, { canUseLoopback: isOperator });
    if (Math.abs(this.#clock() - set.fetchedAt) >= MAX_AGE_MS) await this.#refresh(set);
    const known = choose(set.keys, choice);
    if (known.length > 0) return known;
    await this.#refresh(set);
    return choose(set.keys, choice);
  }

  /** What the operator may fetch is no tenant's, though the URL is the same. */
  #setOf(url: string, reach: Reach): KeySet {
    const id = `${reach.canUseLoopback} ${url}`;
    const known = this.#sets.get(id);
    if (known) return known;
    if (this.#sets.size >= MAX_SETS) this.#sets.delete(this.#sets.keys().next().value as string);
    const never = Number.NEGATIVE_INFINITY;
    const set: KeySet = { url, reach, keys: [], fetchedAt: never, askedAt: never, pending: undefined };
    this.#sets.set(id, set);
    return set;
  }

  /** Fetches the set unless that was tried just now; calls share one request. */
  async #refresh(set: KeySet): Promise<void> {
    if (!set.pending) {
      if (Math.abs(this.#clock() - set.askedAt) < COOL_DOWN_MS) return;
      set.askedAt = this.#clock();
      set.pending = this.#fetchInto(set);
    }
    await set.pending;
  }

  async #fetchInto(set: KeySet): Promise<void> {
    try {
      set.keys = toKeys(JSON.parse(await fetchText(set.url, set.reach)));
      set.fetchedAt = this.#clock();
    } catch (error) {
      this.#log.warn(
        { err: error, host: new URL(set.url).host, knownKeys: set.keys.length },
        "the keys of an identity provider could not be fetched; those already known stay good",
      );
    } finally {
      set.pending = undefined;
    }
  }
}

function choose(keys: readonly ProviderKey[], { kid, alg }: KeyChoice): KeyObject[] {
  return keys
    .filter((known) => known.kid === undefined || kid === undefined || known.kid === kid)
    .filter((known) => known.alg === undefined || known.alg === alg)
    .filter(({ key }) => toKind(key) === KEY_KINDS[alg])
    .map(({ key }) => key);
}

/** A redirect is an error: it could lead to another scheme or host than was configured. */
async function fetchText(url: string, reach: Reach): Promise<string> {
  const answer = await sendRequest({
    url,
    method: "GET",
    headers: { accept: "application/jwk-set+json, application/json" },
    reach,
    signal: AbortSignal.timeout(TIME_OUT_MS),
  });
  if (answer.statusCode !== 200) {
    answer.destroy();
    throw new Error(`it answered ${answer.statusCode}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`it answered more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The public signing keys of a set; what is none, or is too weak, is left out. */
function toKeys(set: unknown): ProviderKey[] {
  const list = (set as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(list)) throw new Error("it answered no key set");
  return list.slice(0, MAX_KEYS).flatMap((jwk): ProviderKey[] => {
    const { kty, use, kid, alg } = (jwk ?? {}) as Record<string, unknown>;
    if (kty === "oct" || (use !== undefined && use !== "sig")) return [];
    try {
      const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
      if (describeWeakness(key)) return [];
      return [{ ...(typeof kid === "string" ? { kid } : {}), ...(typeof alg === "string" ? { alg } : {}), key }];
    } catch {
      return [];
    }
  });
}

/** One block and nothing around it. */
const PEM_BLOCK = /^\s*-----BEGIN ([A-Z ]+)-----[\w+/=\s]+-----END \1-----\s*$/;

/**
 * The public key of a certificate or public key in PEM.
 *
 * @throws Error saying what is wrong with it
 */
export function readPublicKey(pem: string): KeyObject {
  const label = PEM_BLOCK.exec(pem)?.[1];
  if (pem.includes("PRIVATE KEY")) throw new Error("holds a private key, which is not to be given away");
  if (label !== "CERTIFICATE" && label !== "PUBLIC KEY" && label !== "RSA PUBLIC KEY")
    throw new Error("must be one certificate or public key in PEM");
  let key: KeyObject;
  try {
    key = label === "CERTIFICATE" ? new X509Certificate(pem).publicKey : createPublicKey(pem);
  } catch (error) {
    throw new Error("cannot be read as PEM", { cause: error });
  }
  const weakness = describeWeakness(key);
  if (weakness) throw new Error(weakness);
  return key;
}

function describeWeakness(key: KeyObject): string | undefined {
  if (!Object.values(KEY_KINDS).includes(toKind(key)))
    return `is of the kind ${toKind(key)}; RSA, EC (P-256, P-384, P-521) and Ed25519 are good`;
  const bits = key.asymmetricKeyDetails?.modulusLength;
  return bits !== undefined && bits < MIN_RSA_BITS ? `has ${bits} bits; an RSA key needs ${MIN_RSA_BITS}` : undefined;
}

/** As in {@link KEY_KINDS}. */
function toKind(key: KeyObject): string {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  return curve === undefined ? String(key.asymmetricKeyType) : `${key.asymmetricKeyType} ${curve}`;
}
