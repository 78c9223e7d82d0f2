import { AppError, type BodyOf, type etmAssetSplit } from "@breakwater/contract";
import { type Identifier, identifierKey } from "@breakwater/domain/identity/index";
import { sql, type Transaction } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";
import type { Actor } from "../audit/index.ts";
import { moveAttributions, movesTo } from "../findings/index.ts";
import { partHost } from "../ot/index.ts";
import { type AssetSource, forgetDescribers, listHeld, listSources } from "./asset-sources.ts";
import { changeAssets, type HeldAsset, type Parts } from "./hold-assets.ts";

type Tx = Transaction<unknown>;
type Wish = BodyOf<typeof etmAssetSplit>;

/** Which sources and identifiers go, and which stay. */
type Cut = { taken: AssetSource[]; kept: AssetSource[]; identifiers: Identifier[] };

/** Addresses, MACs and names that are told of the part, and of what remains. */
type Told = { part: Identifier[]; rest: Identifier[] };

/**
 * Makes a new asset of what some sources say of one, and keeps the two apart from then on.
 *
 * @returns the new asset's id
 * @throws AppError `not-found`, `conflict`, `invalid-parameter` when the wish names nothing that could go alone
 */
export function splitAsset(db: ScopedDb, parts: Parts, actor: Actor, assetId: string, wish: Wish): Promise<number> {
  const { subscriptionId } = db;
  return changeAssets(db, parts, actor, [assetId], async (tx, [asset]) => {
    const { id, isOtHost } = asset as HeldAsset;
    const sources = await listSources(tx, subscriptionId, id);
    const cut = toCut(wish, sources, await listHeld(tx, subscriptionId, id), isOtHost);
    const apartId = await createPart(tx, subscriptionId, id, cut);
    const takenIds = cut.taken.map(({ connectionId }) => connectionId);
    const moves = await movesTo(tx, subscriptionId, { from: id, to: apartId, connectionIds: takenIds });
    await moveAttributions(tx, subscriptionId, moves);
    await moveRest(tx, subscriptionId, { from: id, to: apartId, cut });
    if (isOtHost) await partHost(tx, subscriptionId, { from: id, to: apartId }, cut.identifiers);
    const made = { createdBy: actor.caller.username, createdAt: new Date(parts.clock()) };
    await keepApart(tx, subscriptionId, { from: id, to: apartId, cut, ...made });
    const detail = {
      newAssetId: apartId,
      connections: cut.taken
        .map(({ name }) => name)
        .join(", ")
        .slice(0, 500),
    };
    return { outcome: apartId, touched: [id, apartId], event: { action: "etm.asset.split", target: assetId, detail } };
  });
}

/** Those that were kept from the asset, or taken out of it, before do not speak of its new part either. */
async function keepApart(
  tx: Tx,
  subscriptionId: number,
  { from, to, cut, createdBy, createdAt }: { from: number; to: number; cut: Cut; createdBy: string; createdAt: Date },
): Promise<void> {
  const takenIds = cut.taken.map(({ connectionId }) => connectionId);
  await sql`
    INSERT INTO asset_apart (subscription_id, asset_id, apart_id, taken_ids, kept_ids, created_by, created_at)
    SELECT ${subscriptionId}, ${from}, ${to}, ${takenIds}, ARRAY(
        SELECT unnest(${cut.kept.map(({ connectionId }) => connectionId)}::integer[])
        UNION SELECT unnest(r.kept_ids) FROM asset_apart r WHERE r.subscription_id = ${subscriptionId} AND r.apart_id = ${from}
        UNION SELECT unnest(r.taken_ids) FROM asset_apart r WHERE r.subscription_id = ${subscriptionId} AND r.asset_id = ${from}
        EXCEPT SELECT unnest(${takenIds}::integer[])), ${createdBy}, ${createdAt}`.execute(tx);
}

/** @throws AppError `invalid-parameter` */
function toCut(wish: Wish, sources: readonly AssetSource[], held: readonly Identifier[], isOtHost: boolean): Cut {
  const named = (wish.connections ?? []).map((name) => findSource(sources, name));
  const wished = (wish.identifiers ?? []).map((one) => findIdentifier(held, one));
  if (named.length + wished.length === 0) {
    throw new AppError("invalid-parameter", "connections or identifiers must say what to take out");
  }
  const wishedKeys = new Set(wished.map(identifierKey));
  const isKnownByThem = ({ told }: AssetSource) =>
    told.length > 0 && told.every((one) => wishedKeys.has(identifierKey(one)));
  const taken = sources.filter((source) => named.includes(source) || isKnownByThem(source));
  const kept = sources.filter((source) => !taken.includes(source));
  if (taken.length === 0 && !isOtHost) {
    throw new AppError("invalid-parameter", "no source knows the asset by these identifiers alone: name connections");
  }
  if (kept.length === 0 && !isOtHost) {
    throw new AppError("invalid-parameter", "all its sources would go: there are no two assets to make of it");
  }
  const toldBy = (some: readonly AssetSource[]) => new Set(some.flatMap(({ told }) => told.map(identifierKey)));
  const [theirs, others] = [toldBy(taken), toldBy(kept)];
  const identifiers = held.filter((one) => {
    const key = identifierKey(one);
    return wishedKeys.has(key) || (theirs.has(key) && !others.has(key));
  });
  // Sensors and project files know a host by identifiers alone.
  if (taken.length === 0 && identifiers.length === held.length) {
    throw new AppError("invalid-parameter", "all its identifiers would go: there are no two hosts to make of it");
  }
  return { taken, kept, identifiers };
}

function findSource(sources: readonly AssetSource[], name: string): AssetSource {
  const found = sources.find((source) => source.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  const known = sources.map((source) => source.name).join(", ");
  throw new AppError(
    "invalid-parameter",
    `connections: ${name} is no source of this asset; those are: ${known || "none"}`,
  );
}

function findIdentifier(held: readonly Identifier[], wished: NonNullable<Wish["identifiers"]>[number]): Identifier {
  const value = wished.value.trim().toLowerCase();
  const found = held.filter(
    (one) =>
      one.kind === wished.kind &&
      one.value === value &&
      (wished.network === undefined || one.network === wished.network),
  );
  if (found.length === 1) return found[0]!;
  const problem = found.length === 0 ? "is not known of this asset" : "is known in several networks: name one";
  throw new AppError("invalid-parameter", `identifiers: ${wished.kind} ${wished.value} ${problem}`);
}

function toTold({ taken, kept, identifiers }: Cut): Told {
  const gone = new Set(identifiers.map(identifierKey));
  return {
    part: taken.length > 0 ? taken.flatMap((source) => source.told) : identifiers,
    rest: kept.flatMap((source) => source.told).filter((one) => !gone.has(identifierKey(one))),
  };
}

/** Whether interface `x` has something that is told of the part alone, of the rest alone, or of the part at all. */
function whatInterfaceHas({ part, rest }: Told) {
  const valuesOf = (some: readonly Identifier[]) => [...new Set(some.map(({ value }) => value))];
  const [its, others] = [valuesOf(part), valuesOf(rest)];
  const has = (values: readonly string[]) => sql`ARRAY[lower(x->>'address'), lower(x->>'macAddress'),
    lower(x->>'hostName')] && ${values}::text[]`;
  return {
    hasPart: has(its),
    hasPartAlone: has(its.filter((value) => !others.includes(value))),
    hasRestAlone: has(others.filter((value) => !its.includes(value))),
  };
}

/** Those of asset `a`. */
function interfacesThat(condition: ReturnType<typeof sql>) {
  return sql`(SELECT coalesce(jsonb_agg(x), '[]') FROM jsonb_array_elements(a.interfaces) AS x WHERE ${condition})`;
}

/** A new asset as the sources taken out know it; what they do not tell is as it was, but which interfaces are its own. */
async function createPart(tx: Tx, subscriptionId: number, assetId: number, cut: Cut): Promise<number> {
  const { taken } = cut;
  const told = toTold(cut).part;
  const { hasPart, hasRestAlone } = whatInterfaceHas(toTold(cut));
  const valuesOf = (kind: Identifier["kind"]) => {
    const values = told.filter((one) => one.kind === kind).map(({ value }) => value);
    return [...new Set(values)].sort();
  };
  const [names, addresses, macs] = [valuesOf("fqdn"), valuesOf("ip"), valuesOf("mac")];
  const products = [...new Set(taken.flatMap((source) => source.products))].sort();
  const { rows } = await sql<{ id: number }>`
    INSERT INTO asset (subscription_id, name, operating_system, cloud_provider, ip_addresses, mac_addresses, host_names, interfaces, sources,
                       tag_ids, criticality, default_criticality, is_internet_facing, created_at, updated_at)
    SELECT a.subscription_id, coalesce(${names[0] ?? addresses[0] ?? null}, a.name), a.operating_system, a.cloud_provider,
      CASE WHEN ${told.length > 0} THEN ${addresses}::inet[] ELSE a.ip_addresses END,
      CASE WHEN ${told.length > 0} THEN ${macs}::text[] ELSE a.mac_addresses END,
      CASE WHEN ${told.length > 0} THEN ${names}::text[] ELSE a.host_names END,
      ${interfacesThat(sql`${hasPart} AND NOT ${hasRestAlone}`)}, ${products}, a.tag_ids,
      a.criticality, a.default_criticality, a.is_internet_facing, coalesce(v.first_at, a.created_at), least(a.updated_at, v.last_at)
    FROM asset a, (SELECT min(s.first_seen_at) AS first_at, max(greatest(nullif(s.seen_at, to_timestamp(0)), s.complete_at,
        (SELECT to_timestamp(max(y.value::bigint) / 1000.0) FROM jsonb_each_text(s.complete_by) y))) AS last_at FROM asset_source s
      WHERE s.subscription_id = ${subscriptionId} AND s.asset_id = ${assetId}
        AND s.connection_id = ANY (${taken.map(({ connectionId }) => connectionId)}::integer[])) v
    WHERE a.subscription_id = ${subscriptionId} AND a.id = ${assetId} RETURNING id`.execute(tx);
  return rows[0]!.id;
}

async function moveRest(
  tx: Tx,
  subscriptionId: number,
  { from, to, cut }: { from: number; to: number; cut: Cut },
): Promise<void> {
  const { taken, kept, identifiers } = cut;
  const takenIds = taken.map(({ connectionId }) => connectionId);
  await sql`UPDATE asset_source SET asset_id = ${to} WHERE subscription_id = ${subscriptionId} AND asset_id = ${from}
    AND connection_id = ANY (${takenIds}::integer[])`.execute(tx);
  await sql`
    UPDATE asset_identifier i SET asset_id = ${to}
    FROM json_to_recordset(${JSON.stringify(identifiers)}::json) AS x(kind text, value text, network text)
    WHERE i.subscription_id = ${subscriptionId} AND i.kind = x.kind AND i.value = x.value AND i.network = x.network`.execute(
    tx,
  );
  const stays = new Set(kept.flatMap(({ products }) => products));
  const gone = taken.flatMap(({ products }) => products).filter((product) => !stays.has(product));
  const { hasPartAlone, hasRestAlone } = whatInterfaceHas(toTold(cut));
  // What is told of both, or of neither, stays.
  await sql`UPDATE asset a SET sources = ARRAY(SELECT s FROM unnest(a.sources) AS s WHERE s <> ALL (${gone}::text[])),
      interfaces = ${interfacesThat(sql`NOT (${hasPartAlone}) OR ${hasRestAlone}`)}
    WHERE a.subscription_id = ${subscriptionId} AND a.id = ${from}`.execute(tx);
  await forgetDescribers(tx, subscriptionId, from, takenIds);
}
