import {
  type ApartRule,
  type HeldIdentifier,
  type Identifier,
  type InterfaceDescription,
  identifierKey,
  toAddress,
  withoutRootDot,
} from "@breakwater/domain/identity/index";
import { sql, type Transaction } from "kysely";
import type { AssetOrigin, AssetSighting } from "./asset-resolver.ts";
import { type DescribedBy, type Heard, type Hearing, hearField, hearName, readStandings } from "./described-by.ts";
import { toStorable } from "./storable-text.ts";

type AssetRow = {
  id: number;
  name: string;
  operatingSystem: string | null;
  cloudProvider: string | null;
  ipAddresses: string[];
  macAddresses: string[];
  hostNames: string[];
  interfaces: InterfaceDescription[];
  sources: string[];
  /** Epoch ms of the first look of any source. */
  createdAt: number;
  /** Epoch ms of the newest description. */
  describedAt: number;
  describedBy: DescribedBy;
  /** When each connection last looked at it, epoch ms by its id. */
  seenAt: Readonly<Record<string, number>>;
};

/** Held to the end of the transaction by whoever makes assets or moves identifiers; captures take the same lock. */
export async function lockIdentities(tx: Transaction<unknown>, subscriptionId: number): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`asset-identity ${subscriptionId}`}, 0))`.execute(tx);
}

/** All identifiers of the assets that hold any of the given ones. */
export async function loadHolders(
  tx: Transaction<unknown>,
  subscriptionId: number,
  identifiers: readonly Identifier[],
): Promise<HeldIdentifier[]> {
  const wanted = [...new Map(identifiers.map((one) => [identifierKey(one), one])).values()];
  const { rows } = await sql<Omit<HeldIdentifier, "claimedAt"> & { claimedAt: Date }>`
    SELECT i.kind, i.value, i.network, i.asset_id AS "assetId", i.claimed_at AS "claimedAt"
    FROM asset_identifier i
    WHERE i.subscription_id = ${subscriptionId} AND i.asset_id IN (
      SELECT h.asset_id FROM json_to_recordset(${JSON.stringify(wanted)}::json) AS w(kind text, value text, network text)
      JOIN asset_identifier h ON h.subscription_id = ${subscriptionId}
        AND h.kind = w.kind AND h.value = w.value AND h.network = w.network)`.execute(tx);
  return rows.map((row) => ({ ...row, claimedAt: row.claimedAt.getTime() }));
}

/** What was taken apart in the subscription. Whoever changes it holds the tags alone, so that it stays so for an import's transaction. */
export async function loadApart(tx: Transaction<unknown>, subscriptionId: number): Promise<ApartRule[]> {
  const { rows } = await sql<ApartRule>`
    SELECT asset_id AS "assetId", apart_id AS "apartId", taken_ids AS "takenIds", kept_ids AS "keptIds"
    FROM asset_apart WHERE subscription_id = ${subscriptionId} ORDER BY asset_id, apart_id`.execute(tx);
  return rows;
}

export async function reserveAssetIds(tx: Transaction<unknown>, count: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT nextval(pg_get_serial_sequence('asset', 'id')) AS id FROM generate_series(1, ${count}::int)`.execute(tx);
  return rows.map(({ id }) => id);
}

export async function createAssets(
  tx: Transaction<unknown>,
  origin: AssetOrigin,
  assets: readonly { id: number; sighting: AssetSighting }[],
): Promise<void> {
  const rows = assets.map(({ id, sighting }) => {
    const description = toDescription(origin, sighting);
    const said = DESCRIBED.filter((field) => description[field] !== null && description[field]?.length !== 0);
    const describedBy = Object.fromEntries(said.map((field) => [field, { [origin.connection]: sighting.at }]));
    return { id, ...description, describedBy, at: sighting.at };
  });
  await sql`
    INSERT INTO asset (subscription_id, id, name, operating_system, cloud_provider, ip_addresses, mac_addresses, host_names, interfaces, sources,
                       described_by, created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT ${origin.subscriptionId}, x.id, x.name, x."operatingSystem", x."cloudProvider", x."ipAddresses", x."macAddresses",
           x."hostNames", x.interfaces, x.sources, x."describedBy", to_timestamp(x.at::float8 / 1000), to_timestamp(x.at::float8 / 1000)
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x(id bigint, name text, "operatingSystem" text,
      "cloudProvider" text, "ipAddresses" inet[], "macAddresses" text[], "hostNames" text[], interfaces jsonb, sources text[],
      "describedBy" jsonb, at bigint)`.execute(tx);
}

/** Locks the rows in the order of their ids and reads them. */
export async function lockAssets(
  tx: Transaction<unknown>,
  subscriptionId: number,
  assetIds: readonly number[],
): Promise<Map<number, AssetRow>> {
  const { rows } = await sql<Omit<AssetRow, "createdAt" | "describedAt"> & { createdAt: Date; describedAt: Date }>`
    SELECT a.id, a.name, a.operating_system AS "operatingSystem", a.cloud_provider AS "cloudProvider",
           ARRAY(SELECT host(i) FROM unnest(a.ip_addresses) AS i) AS "ipAddresses", a.mac_addresses AS "macAddresses",
           a.host_names AS "hostNames", a.interfaces, a.sources, a.described_by AS "describedBy", coalesce(v.at, '{}') AS "seenAt",
           a.created_at AS "createdAt", greatest(a.updated_at, v.last) AS "describedAt"
    FROM asset a LEFT JOIN LATERAL (
      SELECT max(s.seen_at) AS last, json_object_agg(s.connection_id, extract(epoch FROM s.seen_at) * 1000) AS at
      FROM asset_source s WHERE s.subscription_id = a.subscription_id AND s.asset_id = a.id
    ) v ON true
    WHERE a.subscription_id = ${subscriptionId} AND a.id = ANY (${[...new Set(assetIds)]}::bigint[])
    ORDER BY a.id FOR NO KEY UPDATE OF a`.execute(tx);
  return new Map(
    rows.map(({ createdAt, describedAt, ...row }) => [
      row.id,
      { ...row, createdAt: createdAt.getTime(), describedAt: describedAt.getTime() },
    ]),
  );
}

export async function storeClaims(
  tx: Transaction<unknown>,
  subscriptionId: number,
  claims: readonly HeldIdentifier[],
): Promise<void> {
  if (claims.length === 0) return;
  // The last claim of an identifier in the batch is the one that stands.
  const last = [...new Map(claims.map((claim) => [identifierKey(claim), claim])).values()];
  await sql`
    INSERT INTO asset_identifier (subscription_id, network, kind, value, asset_id, claimed_at)
    SELECT ${subscriptionId}, x.network, x.kind, x.value, x."assetId", to_timestamp(x."claimedAt"::float8 / 1000)
    FROM json_to_recordset(${JSON.stringify(last)}::json)
      AS x(network text, kind text, value text, "assetId" bigint, "claimedAt" bigint)
    ORDER BY x.kind, x.value, x.network
    ON CONFLICT (subscription_id, kind, value, network)
      DO UPDATE SET asset_id = excluded.asset_id, claimed_at = excluded.claimed_at`.execute(tx);
}

/**
 * Writes what the sightings say anew about known assets: `described-by.ts` says whose word stands.
 *
 * @returns ids of the assets that are described otherwise now
 */
export async function describeAssets(
  tx: Transaction<unknown>,
  origin: AssetOrigin,
  sightings: readonly AssetSighting[],
  assetIds: readonly number[],
  rows: ReadonlyMap<number, AssetRow>,
): Promise<Set<number>> {
  const changed = new Map<number, AssetRow>();
  const isSaidByOthers = [...rows.values()].some(({ describedBy }) => !isSaidBy(describedBy, origin.connection));
  const standings = isSaidByOthers ? await readStandings(tx, origin.subscriptionId) : new Map();
  sightings.forEach((sighting, index) => {
    const id = assetIds[index] ?? 0;
    const known = changed.get(id) ?? rows.get(id);
    if (!known) return;
    const hearing = { connection: origin.connection, at: sighting.at, seenAt: known.seenAt, standings };
    const next = describe(known, toDescription(origin, sighting), { ...hearing, unknownAt: known.describedAt });
    if (next !== known) changed.set(id, next);
  });
  if (changed.size === 0) return new Set();
  const sorted = [...changed.values()].sort((a, b) => a.id - b.id);
  await sql`
    UPDATE asset a SET name = x.name, operating_system = x."operatingSystem", cloud_provider = x."cloudProvider", ip_addresses = x."ipAddresses",
      mac_addresses = x."macAddresses", host_names = x."hostNames", interfaces = x.interfaces, sources = x.sources, described_by = x."describedBy",
      created_at = to_timestamp(x."createdAt"::float8 / 1000), updated_at = to_timestamp(x."describedAt"::float8 / 1000)
    FROM json_to_recordset(${JSON.stringify(sorted)}::json) AS x(id bigint, name text, "operatingSystem" text,
      "cloudProvider" text, "ipAddresses" inet[], "macAddresses" text[], "hostNames" text[], interfaces jsonb, sources text[],
      "describedBy" jsonb, "createdAt" bigint, "describedAt" bigint)
    WHERE a.subscription_id = ${origin.subscriptionId} AND a.id = x.id`.execute(tx);
  const isSaidAnew = (row: AssetRow, former: AssetRow) =>
    !isSameText(row, former) || row.createdAt !== former.createdAt;
  return new Set(sorted.flatMap((row) => (isSaidAnew(row, rows.get(row.id)!) ? [row.id] : [])));
}

const NOBODY = {};
const DESCRIBED = [
  ...(["name", "operatingSystem", "cloudProvider"] as const),
  ...(["ipAddresses", "macAddresses", "hostNames", "interfaces"] as const),
];

/** Whether nobody else is known to have said anything. */
function isSaidBy(describedBy: DescribedBy, connection: string): boolean {
  const sayers = Object.values(describedBy);
  return sayers.length > 0 && sayers.every((one) => Object.keys(one ?? {}).every((id) => id === connection));
}

function isSameText(a: Description, b: Description): boolean {
  return [...DESCRIBED, "sources" as const].every((field) => JSON.stringify(a[field]) === JSON.stringify(b[field]));
}

type Description = Omit<AssetRow, "id" | "createdAt" | "describedAt" | "describedBy" | "seenAt">;

function toDescription(origin: AssetOrigin, { asset }: AssetSighting): Description {
  return {
    name: toStorable(withoutRootDot(asset.name)),
    operatingSystem: asset.operatingSystem === null ? null : toStorable(asset.operatingSystem),
    cloudProvider: asset.cloudProvider ?? null,
    ipAddresses: sortedUnique(asset.ipAddresses.flatMap((address) => toAddress(address) ?? [])),
    macAddresses: sortedUnique(asset.macAddresses.map(toStorable)),
    hostNames: sortedUnique(asset.hostNames.map(toStorable)),
    interfaces: sortedUnique((asset.interfaces ?? []).map((one) => JSON.stringify(toInterface(one)))).map((text) =>
      JSON.parse(text),
    ),
    sources: [toStorable(origin.product)],
  };
}

/** The row after a sighting; the same object when nothing changes. */
function describe(known: AssetRow, seen: Description, hearing: Hearing): AssetRow {
  const sayersOf = (field: string) => known.describedBy[field] ?? NOBODY;
  const hear = <K extends (typeof DESCRIBED)[number]>(field: K): Heard<Description[K]> =>
    hearField<Description[K]>({ value: known[field], sayers: sayersOf(field) }, seen[field], hearing);
  const heard = {
    name: hearName({ value: known.name, sayers: sayersOf("name") }, seen.name, hearing),
    operatingSystem: hear("operatingSystem"),
    cloudProvider: hear("cloudProvider"),
    ipAddresses: hear("ipAddresses"),
    macAddresses: hear("macAddresses"),
    hostNames: hear("hostNames"),
    interfaces: hear("interfaces"),
  };
  const describedBy = Object.fromEntries(
    DESCRIBED.flatMap((field) =>
      Object.keys(heard[field].sayers).length > 0 ? [[field, heard[field].sayers] as const] : [],
    ),
  );
  const sources = sortedUnique([...known.sources, ...seen.sources]);
  const next: AssetRow = {
    ...known,
    name: heard.name.value,
    operatingSystem: heard.operatingSystem.value,
    cloudProvider: heard.cloudProvider.value,
    ipAddresses: heard.ipAddresses.value,
    macAddresses: heard.macAddresses.value,
    hostNames: heard.hostNames.value,
    interfaces: heard.interfaces.value,
    sources,
    // An older report fills in history.
    createdAt: Math.min(known.createdAt, hearing.at),
    describedBy,
  };
  const isSameTime = next.createdAt === known.createdAt;
  const isSame =
    isSameTime && isSameText(next, known) && DESCRIBED.every((field) => heard[field].sayers === sayersOf(field));
  return isSame ? known : { ...next, describedAt: Math.max(known.describedAt, hearing.at) };
}

/** As the lists have its parts. */
function toInterface({ address, hostName, macAddress }: InterfaceDescription): InterfaceDescription {
  return {
    address: address === null ? null : toAddress(address),
    hostName: hostName === null ? null : toStorable(hostName),
    macAddress: macAddress === null ? null : toStorable(macAddress),
  };
}

function sortedUnique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
