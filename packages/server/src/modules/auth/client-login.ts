import { AppError } from "@breakwater/contract";
import { sql } from "kysely";
import type { Clock } from "../../context.ts";
import type { Database, SqlHandle } from "../../db/pool.ts";
import { recordAudit } from "../audit/index.ts";
import { readClientPrincipal } from "./client-principal.ts";
import { hashClientSecret, isOneOf } from "./client-secret.ts";
import { isTrueWord } from "./form.ts";
import { LoginGuard } from "./login-guard.ts";
import type { Principal } from "./principal.ts";
import { readAlgorithm } from "./signing-keys.ts";
import type { Tokens } from "./tokens.ts";

/** What `POST /auth/oidc` and `/auth/oauth` are given: two headers, and fields of the form. */
type ClientCredentials = { clientId: string; clientSecret: string; address: string };
type ClientLoginForm = { encrypted?: string; permissions?: string };

type ClientRow = {
  subscription_id: number;
  name: string;
  secret_hash: Buffer;
  former_secret_hash: Buffer | null;
  former_secret_until: Date | null;
};

const CLIENT_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Logs API clients in (platform.md 2.2). The guard counts failures per client and address, and per address only beyond
 * what one client that goes wrong can add: others behind the same address are let in. It is not that of `/auth`, so
 * neither holds up the other.
 */
export class ClientLogin {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #tokens: Tokens;
  readonly #guard = new LoginGuard();

  constructor(parts: { db: Database; clock: Clock; tokens: Tokens }) {
    this.#db = parts.db;
    this.#clock = parts.clock;
    this.#tokens = parts.tokens;
  }

  /** @throws AppError `invalid-client` whatever the reason, `invalid-parameter` (encrypted), `too-many-requests` */
  async logIn(given: ClientCredentials, form: ClientLoginForm): Promise<string> {
    const algorithm = readAlgorithm(form.encrypted);
    const credentials = { ...given, clientId: given.clientId.toLowerCase() };
    const attempt = await this.#guard.enter(credentials.clientId, credentials.address, this.#clock);
    try {
      const { caller } = await this.#examine(credentials);
      attempt.succeed();
      return await this.#tokens.mint(caller, { withPermissions: isTrueWord(form.permissions), algorithm });
    } catch (error) {
      // A refusal stays a failure; anything else is no fault of the client's.
      if (!(error instanceof AppError && error.code === "invalid-client")) attempt.withdraw();
      throw error;
    } finally {
      attempt.fail();
    }
  }

  async #examine({ clientId, clientSecret, address }: ClientCredentials): Promise<Principal> {
    const nowMs = this.#clock();
    const client = await findClient(this.#db, clientId);
    const hash = hashClientSecret(clientId, clientSecret);
    const isRight = isOneOf(hash, client ? secretsAt(client, nowMs) : [DECOY]);
    if (!client) return this.#refuse("unknown client", clientId, address);
    if (!isRight) return this.#refuse("wrong secret", clientId, address, client);
    const principal = await readClientPrincipal(this.#db, client.subscription_id, clientId, nowMs);
    if (!principal) return this.#refuse("revoked, expired, or its user may not call", clientId, address, client);
    if (principal.allowList && !principal.allowList.has(address))
      return this.#refuse("address not allowed", clientId, address, client);
    await this.#db.write.transaction().execute(async (tx) => {
      await noteUse(tx, client.subscription_id, clientId, nowMs);
      await this.#record({ result: "success", clientId, address, client }, tx);
    });
    return principal;
  }

  async #refuse(reason: string, clientId: string, address: string, client?: ClientRow): Promise<never> {
    await this.#record({ result: "failure", clientId, address, client, detail: { reason } });
    throw new AppError("invalid-client", "Invalid Client ID or secret");
  }

  async #record({ result, clientId, address, client, detail = {} }: Attempt, tx?: SqlHandle): Promise<void> {
    const subscriptionId = client?.subscription_id ?? null;
    const actor = client ? `client:${client.name}` : clientId.slice(0, 200);
    const event = {
      subscriptionId,
      actor,
      action: "auth.client",
      target: clientId.slice(0, 200),
      address,
      result,
      detail,
    };
    await recordAudit(this.#db, event, tx);
  }
}

type Attempt = {
  result: "success" | "failure";
  clientId: string;
  address: string;
  client?: ClientRow | undefined;
  detail?: Record<string, string>;
};

/** Compared with when there is no client, so that time tells nothing about which ids exist. */
const DECOY = Buffer.alloc(32);

function secretsAt({ secret_hash, former_secret_hash, former_secret_until }: ClientRow, nowMs: number): Buffer[] {
  const isFormerGood = former_secret_hash && former_secret_until && former_secret_until.getTime() > nowMs;
  return isFormerGood ? [secret_hash, former_secret_hash] : [secret_hash];
}

async function findClient(db: Database, clientId: string): Promise<ClientRow | undefined> {
  if (!CLIENT_ID.test(clientId)) return undefined;
  const { rows } = await sql<ClientRow>`
    SELECT subscription_id, name, secret_hash, former_secret_hash, former_secret_until
    FROM api_client WHERE id = ${clientId}`.execute(db.read);
  return rows[0];
}

async function noteUse(db: SqlHandle, subscriptionId: number, clientId: string, nowMs: number): Promise<void> {
  await sql`
    UPDATE api_client SET last_used_at = ${new Date(nowMs)}
    WHERE subscription_id = ${subscriptionId} AND id = ${clientId}`.execute(db);
}
