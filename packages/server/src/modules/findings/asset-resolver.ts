import {
  ApartAssets,
  type AssetDescription,
  AssetDirectory,
  type AssetMatch,
  type HeldIdentifier,
  type Identifier,
  type IdentityOrigin,
  toIdentifiers,
} from "@breakwater/domain/identity/index";
import type { AssetRecord } from "@breakwater/formats/records";
import type { Transaction } from "kysely";
import {
  createAssets,
  describeAssets,
  loadApart,
  loadHolders,
  lockAssets,
  lockIdentities,
  reserveAssetIds,
  storeClaims,
} from "./asset-store.ts";

/** Which subscription and source a batch of assets comes from. */
export type AssetOrigin = IdentityOrigin & { subscriptionId: number };

/** One description of an asset and when the source saw it, epoch ms. */
export type AssetSighting = {
  asset: AssetDescription & Pick<AssetRecord, "operatingSystem" | "cloudProvider">;
  at: number;
};

export type ResolvedAsset = {
  assetId: number;
  isNew: boolean;
  /** Its name, addresses or sources were written: its tags may have to change. */
  isDescriptionChanged: boolean;
  match: AssetMatch;
  /** What the sighting told to know it by. */
  identifiers: readonly Identifier[];
};

type Plan = { matches: AssetMatch[]; assetIds: number[]; created: Map<number, number>; claims: HeldIdentifier[] };

/** An asset was merged into another while this transaction was looking at it: run the transaction again. */
export class AssetGoneError extends Error {
  override name = "AssetGoneError";
}

/**
 * Finds or creates the assets of a batch, in the order given, and leaves their rows locked until the transaction ends.
 *
 * Only when something has to be created or an identifier moves does it wait for other transactions that do so in the
 * subscription. Locks are taken in one order (that lock, then rows by id), so take none of them before.
 *
 * @throws AssetGoneError when the transaction has to be run again
 */
export async function resolveAssets(
  tx: Transaction<unknown>,
  origin: AssetOrigin,
  sightings: readonly AssetSighting[],
): Promise<ResolvedAsset[]> {
  const identifiers = sightings.map(({ asset }) => toIdentifiers(asset, origin));
  const apart = { assets: new ApartAssets(await loadApart(tx, origin.subscriptionId)), by: Number(origin.connection) };
  let plan = planAssets(
    await loadHolders(tx, origin.subscriptionId, identifiers.flat()),
    sightings,
    identifiers,
    apart,
  );
  if (plan.claims.length > 0) {
    await lockIdentities(tx, origin.subscriptionId);
    // Others may have created the same assets while this one waited.
    plan = planAssets(await loadHolders(tx, origin.subscriptionId, identifiers.flat()), sightings, identifiers, apart);
  }
  const ids = await createPlanned(tx, origin, sightings, plan);
  const assetIds = plan.assetIds.map((id) => ids.get(id) ?? id);
  const rows = await lockAssets(tx, origin.subscriptionId, assetIds);
  if (assetIds.some((id) => !rows.has(id))) throw new AssetGoneError("an asset was merged meanwhile");
  await storeClaims(
    tx,
    origin.subscriptionId,
    plan.claims.map((claim) => ({ ...claim, assetId: ids.get(claim.assetId) ?? claim.assetId })),
  );
  const changed = await describeAssets(tx, origin, sightings, assetIds, rows);
  return sightings.map((_, index) => {
    const assetId = assetIds[index] ?? 0;
    const isNew = plan.created.get(plan.assetIds[index] ?? 0) === index;
    const isDescriptionChanged = isNew || changed.has(assetId);
    return { assetId, isNew, isDescriptionChanged, match: plan.matches[index]!, identifiers: identifiers[index] ?? [] };
  });
}

/** Decides for each sighting in turn; assets to create get negative numbers. */
function planAssets(
  holders: readonly HeldIdentifier[],
  sightings: readonly AssetSighting[],
  identifiers: readonly Identifier[][],
  apart: { assets: ApartAssets; by: number },
): Plan {
  const directory = new AssetDirectory();
  for (const holder of holders) directory.add(holder);
  const plan: Plan = { matches: [], assetIds: [], created: new Map(), claims: [] };
  sightings.forEach(({ at }, index) => {
    const own = identifiers[index] ?? [];
    const match = directory.match(own);
    const assetId = match.assetId === null ? -1 - index : apart.assets.find(match.assetId, apart.by);
    if (match.assetId === null) plan.created.set(assetId, index);
    plan.matches.push(match);
    plan.assetIds.push(assetId);
    const isKept = (holderId: number) => apart.assets.areApart(holderId, assetId);
    plan.claims.push(...directory.claim(assetId, own, at, isKept));
  });
  return plan;
}

/** @returns real ids by the plan's negative ones */
async function createPlanned(
  tx: Transaction<unknown>,
  origin: AssetOrigin,
  sightings: readonly AssetSighting[],
  plan: Plan,
): Promise<Map<number, number>> {
  if (plan.created.size === 0) return new Map();
  const reserved = await reserveAssetIds(tx, plan.created.size);
  const ids = new Map([...plan.created.keys()].map((planned, index) => [planned, reserved[index]!]));
  const assets = [...plan.created].map(([planned, index]) => ({ id: ids.get(planned)!, sighting: sightings[index]! }));
  await createAssets(tx, origin, assets);
  return ids;
}
