import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  randomUUID,
} from "node:crypto";
import { promisify } from "node:util";
import { AppError, SIGNING_ALGORITHMS, type SigningAlgorithm } from "@breakwater/contract";
import { type RawBuilder, sql } from "kysely";
import type { Clock } from "../../context.ts";
import type { Database, SqlHandle } from "../../db/pool.ts";

/** Lifetime of a token: four hours (platform.md 2.3). */
export const TOKEN_LIFETIME_SEC = 4 * 3600;

/**
 * A key and the one algorithm it is for. HS512: both halves are the same secret.
 * `retiredAt`: signs until then, here; on other nodes a moment longer.
 */
export type SigningKey = {
  id: string;
  algorithm: SigningAlgorithm;
  signs: KeyObject;
  verifies: KeyObject;
  createdAt: Date;
  retiredAt: Date | null;
};

/** How old the keys in memory may be when one of them signs. */
const FRESH_MS = 900;
/** Nodes go on signing with a retired key for a moment, by clocks that differ. */
const RETIRED_GRACE_MS = 5 * 60_000;
/** Keys of an algorithm that may verify at once: what a rotation without end could make of `/.well-known/jwks.json`. */
const MAX_KEYS = 10;
/** NIST's strength until after 2030. Takes the better part of a second to make, on the thread pool. */
const RSA_BITS = 3072;
const KEY_ID = /^[\da-f-]{36}$/;

const makeKeyPair = promisify(generateKeyPair);

/**
 * The installation's signing keys, kept in the database so that every node signs and verifies with the same. One of each
 * algorithm signs. The HS512 key is made on first start, the RS512 key when a token or the JWKS first asks for it.
 */
export class SigningKeys {
  readonly #db: Database;
  readonly #clock: Clock;
  #keys = new Map<string, SigningKey>();
  #loadedAt = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;
  #nextLoad: Promise<void> | undefined;
  readonly #making = new Map<SigningAlgorithm, Promise<SigningKey>>();

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Loads the keys, making those that are missing. Safe with several nodes starting at once. */
  async open(): Promise<void> {
    await Promise.all(SIGNING_ALGORITHMS.map((algorithm) => this.current(algorithm)));
  }

  /** The key that signs now, as of a second ago at most. */
  async current(algorithm: SigningAlgorithm): Promise<SigningKey> {
    if (Math.abs(this.#clock() - this.#loadedAt) >= FRESH_MS) await this.#reload();
    return this.#findCurrent(algorithm) ?? this.#make(algorithm);
  }

  /** The key of that id; looks into the database for one that is not known, since another node may just have made it. */
  async find(id: string): Promise<SigningKey | undefined> {
    if (this.#keys.has(id) || !KEY_ID.test(id)) return this.#keys.get(id);
    await this.#reload();
    return this.#keys.get(id);
  }

  /** Every key that verifies, newest first. */
  async list(): Promise<SigningKey[]> {
    await this.#reload();
    return [...this.#keys.values()];
  }

  /**
   * A new key signs from now on; the former one verifies until its last token has expired.
   *
   * @param record is called last in the transaction, with the new key's id
   * @throws AppError `conflict` when too many former keys verify still
   */
  async rotate(
    algorithm: SigningAlgorithm,
    record: (tx: SqlHandle, keyId: string) => Promise<void>,
  ): Promise<SigningKey> {
    const made = await makeMaterial(algorithm);
    const now = new Date(this.#clock());
    await this.#db.write.transaction().execute(async (tx) => {
      // Rotations come one after the other.
      await sql`LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE`.execute(tx);
      const { rows } = await sql`
        SELECT FROM signing_key WHERE algorithm = ${algorithm} AND ${isUsableAt(now)}`.execute(tx);
      if (rows.length >= MAX_KEYS)
        throw new AppError("conflict", `${MAX_KEYS} ${algorithm} keys verify already; wait until one is deleted`);
      await sql`
        UPDATE signing_key SET retired_at = ${now} WHERE algorithm = ${algorithm} AND retired_at IS NULL`.execute(tx);
      await insertKey(algorithm, made, now).execute(tx);
      await record(tx, made.id);
    });
    await this.#reload();
    return this.#keys.get(made.id) ?? this.current(algorithm);
  }

  #findCurrent(algorithm: SigningAlgorithm): SigningKey | undefined {
    for (const key of this.#keys.values()) if (key.algorithm === algorithm && !key.retiredAt) return key;
    return undefined;
  }

  /** The first key of an algorithm; of nodes that make one at once, one wins. */
  #make(algorithm: SigningAlgorithm): Promise<SigningKey> {
    const making = this.#making.get(algorithm) ?? this.#makeOnce(algorithm);
    this.#making.set(algorithm, making);
    return making;
  }

  async #makeOnce(algorithm: SigningAlgorithm): Promise<SigningKey> {
    try {
      const made = await makeMaterial(algorithm);
      const now = new Date(this.#clock());
      await sql`
        ${insertKey(algorithm, made, now)} ON CONFLICT (algorithm) WHERE retired_at IS NULL DO NOTHING`.execute(
        this.#db.write,
      );
      await this.#reload();
      return this.#findCurrent(algorithm) as SigningKey;
    } finally {
      this.#making.delete(algorithm);
    }
  }

  /** A reading that begins after this call; all who wait for one share it, so that made-up key ids cost one at a time. */
  #reload(): Promise<void> {
    this.#nextLoad ??= this.#loadAfter(this.#loading);
    return this.#nextLoad;
  }

  async #loadAfter(running: Promise<void> | undefined): Promise<void> {
    await running?.catch(() => {});
    this.#nextLoad = undefined;
    this.#loading = this.#load();
    await this.#loading;
  }

  async #load(): Promise<void> {
    const nowMs = this.#clock();
    const now = new Date(nowMs);
    const { rows } = await sql<KeyRow>`
      SELECT id, algorithm, private_key, created_at, retired_at, ${isUsableAt(now)} AS is_usable
      FROM signing_key ORDER BY created_at DESC, id`.execute(this.#db.read);
    const usable = rows.filter((row) => row.is_usable);
    this.#keys = new Map(usable.map((row) => [row.id, toKey(row, this.#keys.get(row.id))]));
    this.#loadedAt = nowMs;
    if (usable.length < rows.length)
      await sql`DELETE FROM signing_key WHERE NOT ${isUsableAt(now)}`.execute(this.#db.write);
  }
}

/** When a retired key is of no more use. */
export function toDeletionTime(retiredAt: Date): Date {
  return new Date(retiredAt.getTime() + TOKEN_LIFETIME_SEC * 1000 + RETIRED_GRACE_MS);
}

type KeyRow = {
  id: string;
  algorithm: SigningAlgorithm;
  private_key: Buffer;
  created_at: Date;
  retired_at: Date | null;
  is_usable: boolean;
};

function isUsableAt(now: Date): RawBuilder<boolean> {
  const oldest = new Date(now.getTime() - TOKEN_LIFETIME_SEC * 1000 - RETIRED_GRACE_MS);
  return sql<boolean>`(retired_at IS NULL OR retired_at > ${oldest})`;
}

type Material = { id: string; privateKey: Buffer };

/** HS512: the secret. RS512: PKCS#8 in DER. */
async function makeMaterial(algorithm: SigningAlgorithm): Promise<Material> {
  const id = randomUUID();
  if (algorithm === "HS512") return { id, privateKey: randomBytes(64) };
  const { privateKey } = await makeKeyPair("rsa", { modulusLength: RSA_BITS });
  return { id, privateKey: privateKey.export({ format: "der", type: "pkcs8" }) };
}

function insertKey(algorithm: SigningAlgorithm, { id, privateKey }: Material, now: Date): RawBuilder<unknown> {
  return sql`
    INSERT INTO signing_key (id, algorithm, private_key, created_at)
    VALUES (${id}, ${algorithm}, ${privateKey}, ${now})`;
}

/** Read from its bytes once; what changes later is when it was retired. */
function toKey(row: KeyRow, known: SigningKey | undefined): SigningKey {
  if (known) return { ...known, retiredAt: row.retired_at };
  const { id, algorithm, private_key: bytes, created_at: createdAt, retired_at: retiredAt } = row;
  const signs =
    algorithm === "HS512" ? createSecretKey(bytes) : createPrivateKey({ key: bytes, format: "der", type: "pkcs8" });
  const verifies = algorithm === "HS512" ? signs : createPublicKey(signs);
  return { id, algorithm, signs, verifies, createdAt, retiredAt };
}

const ALGORITHM_WORDS: Readonly<Record<string, SigningAlgorithm>> = { HS512: "HS512", RS512: "RS512", RSA512: "RS512" };

/**
 * The algorithm that a log-in asks for by `encrypted` (platform.md 2.2); none: HS512.
 *
 * @throws AppError `invalid-parameter`
 */
export function readAlgorithm(word: string | undefined): SigningAlgorithm {
  if (!word) return SIGNING_ALGORITHMS[0];
  const words = Object.keys(ALGORITHM_WORDS);
  const found = words.find((name) => name === word.trim().toUpperCase());
  if (found === undefined) throw new AppError("invalid-parameter", `encrypted must be one of ${words.join(", ")}`);
  return ALGORITHM_WORDS[found] as SigningAlgorithm;
}
