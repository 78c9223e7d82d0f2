import {
  ApartAssets,
  AssetDirectory,
  type HeldIdentifier,
  type Identifier,
  identifierKey,
  toIdentifiers,
} from "@breakwater/domain/identity/index";
import type { DeviceStatements } from "@breakwater/domain/ot/index";
import type { Transaction } from "kysely";
import { loadApart, lockIdentities } from "../findings/index.ts";
import {
  absorbAssets,
  createAssets,
  findHolders,
  type Holding,
  type NewAsset,
  writeIdentifiers,
} from "./asset-store.ts";
import { LinkedAssets } from "./linked-assets.ts";
import { toSegment } from "./segment.ts";

export type ResolvedDevice = { assetId: number; device: DeviceStatements };

export type DeviceOrigin = { subscriptionId: number; network: string; product: string; connectionId: number };

/** Assets that somebody took apart, and by which connection the devices come. */
type Apart = { assets: ApartAssets; connectionId: number };

type Described = { device: DeviceStatements; identifiers: Identifier[]; seenAt: number };

/**
 * Which asset each device is, by the identity rules that all sources share, so that a scanner's asset and the host it
 * turns out to be are one. Makes the assets that are missing, and merges hosts that turn out to be one.
 *
 * @param mayBeNew whether an asset is made for the device where none is known; otherwise it is left out
 * @returns one entry per device, several of which may be one asset, how many assets were made and merged away, and
 *   those that others were merged into
 */
export async function resolveAssets(
  tx: Transaction<unknown>,
  origin: DeviceOrigin,
  devices: readonly DeviceStatements[],
  mayBeNew: (device: DeviceStatements) => boolean = () => true,
): Promise<{ resolved: ResolvedDevice[]; assetsNew: number; assetsMerged: number; mergedInto: Set<number> }> {
  const { subscriptionId } = origin;
  const described = devices.map((device) => toDescribed(device, origin));
  const identifiers = described.flatMap((entry) => entry.identifiers);
  const apart = { assets: new ApartAssets(await loadApart(tx, subscriptionId)), connectionId: origin.connectionId };
  const decide = async () => matchAll(described, await findHolders(tx, subscriptionId, identifiers), apart, mayBeNew);
  let decisions = await decide();
  if (decisions.claimed.length + decisions.absorbed.size > 0) {
    await lockIdentities(tx, subscriptionId);
    // Others may have made the same assets while this one waited.
    decisions = await decide();
  }
  const { decided, claimed, absorbed, newcomers } = decisions;

  const ids = await createAssets(tx, subscriptionId, newcomers);
  const finalId = (id: number): number => {
    const target = absorbed.get(id);
    if (target !== undefined) return finalId(target);
    return id < 0 ? ids[-id - 1]! : id;
  };
  await absorbAssets(
    tx,
    subscriptionId,
    [...absorbed.keys()].map((from) => ({ from, into: finalId(from) })),
  );
  await writeIdentifiers(
    tx,
    subscriptionId,
    claimed.map((identifier) => ({ ...identifier, assetId: finalId(identifier.assetId) })),
  );
  const resolved = decided.map(({ device, assetId }) => ({ device, assetId: finalId(assetId) }));
  const mergedInto = new Set([...absorbed.values()].map(finalId));
  return { resolved, assetsNew: newcomers.length, assetsMerged: absorbed.size, mergedInto };
}

type Decisions = {
  /** Negative asset ids are those of newcomers: -1 the first. */
  decided: ResolvedDevice[];
  claimed: HeldIdentifier[];
  absorbed: Map<number, number>;
  newcomers: NewAsset[];
};

function matchAll(
  described: readonly Described[],
  held: readonly Holding[],
  apart: Apart,
  mayBeNew: (device: DeviceStatements) => boolean,
): Decisions {
  const directory = new AssetDirectory();
  for (const { isAbsorbable: _, ...identifier } of held) directory.add(identifier);
  const claimTimes = new Map(held.map((holding) => [identifierKey(holding), holding.claimedAt]));
  const assets = new LinkedAssets(held);
  const claimed = new Map<string, HeldIdentifier>();
  const absorbed = new Map<number, number>();
  const newcomers: NewAsset[] = [];
  const decided = described.flatMap(({ device, identifiers, seenAt }): ResolvedDevice[] => {
    const found = directory.match(identifiers).assetId;
    const matched = found === null ? null : apart.assets.find(found, apart.connectionId);
    if (matched === null && !mayBeNew(device)) return [];
    const united =
      matched === null ? { into: addNewcomer(newcomers, device), absorbed: [] } : assets.unite(identifiers, matched);
    const assetId = united.into;
    for (const redundant of united.absorbed) absorbed.set(redundant, assetId);
    if (united.absorbed.length > 0)
      for (const identifier of assets.held(assetId))
        directory.add({ ...identifier, assetId, claimedAt: claimTimes.get(identifierKey(identifier)) ?? seenAt });
    const taken = directory.claim(assetId, identifiers, seenAt, (holder) => apart.assets.areApart(holder, assetId));
    assets.claim(taken);
    for (const identifier of taken) claimed.set(identifierKey(identifier), identifier);
    return [{ device, assetId }];
  });
  return { decided, claimed: [...claimed.values()], absorbed, newcomers };
}

/** @returns the negative number by which the newcomer goes until it has its id */
function addNewcomer(newcomers: NewAsset[], device: DeviceStatements): number {
  return -newcomers.push({ name: toCallName(device), createdAt: firstSeen(device) });
}

function toDescribed(device: DeviceStatements, origin: DeviceOrigin): Described {
  const { statements, serialKeys, macAddresses, addresses } = device;
  const description = {
    name: toCallName(device),
    ipAddresses: addresses.filter((address) => !macAddresses.includes(address)),
    macAddresses,
    hostNames: [],
    identifiers: serialKeys.map((value) => ({ kind: "serial-number" as const, value })),
  };
  const { network, product } = origin;
  const identifiers = toIdentifiers(description, { network, product, connection: network }).map((one) =>
    one.network === "" ? { ...one, network: toSegment(network) } : one,
  );
  // What a project calls a host stays when its address changes.
  if (device.sourceName !== undefined && identifiers.every(({ kind }) => kind !== "source-name"))
    identifiers.push({ kind: "source-name", value: device.sourceName, network: network.toLowerCase() });
  return {
    device,
    identifiers,
    seenAt: statements.reduce((latest, { lastSeenMs }) => Math.max(latest, lastSeenMs), 0),
  };
}

function toCallName({ sourceName, addresses }: DeviceStatements): string {
  return sourceName ?? addresses[0]!;
}

function firstSeen({ statements }: DeviceStatements): Date {
  return new Date(statements.reduce((first, { firstSeenMs }) => Math.min(first, firstSeenMs), Infinity));
}
