import { AppError, type adminIdpCreate, type adminIdpUpdate, type BodyOf, PERMISSIONS } from "@breakwater/contract";
import type { Caller } from "../../caller.ts";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { isHostAllowed, isLoopbackHost, REFUSED_ADDRESS, type Reach } from "../../outbound/address-rules.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { ISSUER, readPublicKey } from "../auth/index.ts";
import { administer, assertMayGrant, assertVisibleName } from "../users/index.ts";
import {
  deleteProvider,
  insertProvider,
  listProviders,
  type ProviderRow,
  type ProviderSettings,
  writeProvider,
} from "./store.ts";

export type ProviderParts = { clock: Clock };

/** One for staff, one for partners, one that is being replaced; every token is compared with all of them. */
const MAX_PROVIDERS = 5;

/** @throws AppError `invalid-parameter`, `permission-required`, `conflict` (taken, too many) */
export async function createProvider(
  db: ScopedDb,
  parts: ProviderParts,
  actor: Actor,
  body: BodyOf<typeof adminIdpCreate>,
): Promise<ProviderRow> {
  assertMayLetIn(actor.caller);
  const settings = toSettings(undefined, body, reachOf(actor.caller));
  return administer(db, async (tx) => {
    if ((await listProviders(tx)).length >= MAX_PROVIDERS)
      throw new AppError("conflict", `the subscription has ${MAX_PROVIDERS} identity providers already`);
    const created = { by: actor.caller.username, at: new Date(parts.clock()) };
    const id = await insertProvider(tx, settings, created);
    if (id === undefined) throw taken();
    return audit(tx, actor, "admin.idp.create", await getProvider(tx, id));
  });
}

/** @throws AppError `not-found` */
export async function getProvider(db: ScopedDb, id: number): Promise<ProviderRow> {
  const [row] = await listProviders(db, id);
  return row ?? throwNotFound(id);
}

/** @throws AppError `not-found`, `invalid-parameter`, `permission-required`, `conflict` */
export async function changeProvider(
  db: ScopedDb,
  actor: Actor,
  id: number,
  body: BodyOf<typeof adminIdpUpdate>,
): Promise<ProviderRow> {
  assertMayLetIn(actor.caller);
  return administer(db, async (tx) => {
    const settings = toSettings(await getProvider(tx, id), body, reachOf(actor.caller));
    if (!(await writeProvider(tx, id, settings))) throw taken();
    return audit(tx, actor, "admin.idp.update", await getProvider(tx, id));
  });
}

/** @throws AppError `not-found` */
export async function removeProvider(db: ScopedDb, actor: Actor, id: number): Promise<void> {
  await db.transaction(async (tx) => {
    const row = await deleteProvider(tx, id);
    await audit(tx, actor, "admin.idp.delete", row ?? throwNotFound(id));
  });
}

/**
 * Whoever chooses a provider chooses whose tokens are good: a log-in as anybody, so the right to make a Manager.
 *
 * @throws AppError `permission-required`
 */
function assertMayLetIn(caller: Caller): void {
  assertMayGrant(caller, { role: { name: "Manager", permissions: PERMISSIONS }, scope: { kind: "all" } });
}

/** The settings after a change; keys of one kind take the place of the other. */
function toSettings(
  before: ProviderSettings | undefined,
  body: BodyOf<typeof adminIdpUpdate>,
  reach: Reach,
): ProviderSettings {
  const { name = "", issuer = "", audience = "", user_claim = "sub" } = before ?? {};
  const settings = {
    name: body.name ?? name,
    issuer: body.issuer ?? issuer,
    audience: body.audience ?? audience,
    user_claim: body.userClaim ?? user_claim,
    ...toKeySource(before, body, reach),
  };
  for (const member of ["name", "issuer", "audience"] as const) assertVisibleName(settings[member], member);
  if (settings.issuer === ISSUER)
    throw new AppError("invalid-parameter", `issuer: ${ISSUER} is the issuer of the tokens made here`);
  return settings;
}

function toKeySource(
  before: ProviderSettings | undefined,
  { jwksUrl, certificates = [] }: BodyOf<typeof adminIdpUpdate>,
  reach: Reach,
): Pick<ProviderSettings, "jwks_url" | "certificates"> {
  if (jwksUrl && certificates.length > 0)
    throw new AppError("invalid-parameter", "jwksUrl and certificates exclude each other");
  if (jwksUrl) return { jwks_url: readJwksUrl(jwksUrl, reach), certificates: [] };
  if (certificates.length > 0) return { jwks_url: null, certificates: certificates.map(readCertificate) };
  const kept = {
    jwks_url: jwksUrl === null ? null : (before?.jwks_url ?? null),
    certificates: before?.certificates ?? [],
  };
  if (kept.jwks_url === null && kept.certificates.length === 0)
    throw new AppError("invalid-parameter", "jwksUrl or certificates must be given");
  return kept;
}

function reachOf(caller: Caller): Reach {
  return { canUseLoopback: caller.isOperator };
}

/** Names are looked up, and their addresses checked, when the keys are fetched. */
function readJwksUrl(text: string, reach: Reach): string {
  const url = URL.parse(text);
  if (!url || url.username || url.password)
    throw new AppError("invalid-parameter", "jwksUrl must be a URL without user name");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopbackHost(url.hostname)))
    throw new AppError("invalid-parameter", "jwksUrl must be https, or http on loopback");
  if (!isHostAllowed(url.hostname, reach))
    throw new AppError(
      "invalid-parameter",
      `jwksUrl: ${url.hostname} is ${REFUSED_ADDRESS}; keys are not fetched there`,
    );
  return url.href;
}

function readCertificate(pem: string, index: number): string {
  try {
    readPublicKey(pem);
  } catch (error) {
    throw new AppError("invalid-parameter", `certificates.${index} ${(error as Error).message}`);
  }
  return pem.trim();
}

function taken(): AppError {
  return new AppError(
    "conflict",
    "an identity provider of this name, or of this issuer and audience, is there already",
  );
}

function throwNotFound(id: number): never {
  throw new AppError("not-found", `there is no identity provider ${id}`);
}

async function audit(tx: ScopedDb, actor: Actor, action: string, row: ProviderRow): Promise<ProviderRow> {
  const detail = { name: row.name, issuer: row.issuer, audience: row.audience, userClaim: row.user_claim };
  await recordChange(tx.write, actor, { action, target: String(row.id), detail });
  return row;
}
