import {
  AssetDirectory,
  type HeldIdentifier,
  type Identifier,
  identifierKey,
  toIdentifiers,
} from "@breakwater/domain/identity/index";
import type { DeviceStatements } from "@breakwater/domain/ot/index";
import type { Transaction } from "kysely";
import {
  absorbAssets,
  createAssets,
  findHolders,
  type Holding,
  lockIdentities,
  type NewAsset,
  writeIdentifiers,
} from "./asset-store.ts";

export type ResolvedDevice = { assetId: number; device: DeviceStatements };

export type DeviceOrigin = { subscriptionId: number; network: string; product: string };

type Described = { device: DeviceStatements; identifiers: Identifier[]; seenAt: number };

/**
 * Which asset each device is, by the identity rules that all sources share, so that a scanner's asset and the host it
 * turns out to be are one. Makes the assets that are missing, and merges hosts that turn out to be one.
 *
 * @returns one entry per device, several of which may be one asset, and how many assets were made and merged away
 */
export async function resolveAssets(
  tx: Transaction<unknown>,
  origin: DeviceOrigin,
  devices: readonly DeviceStatements[],
): Promise<{ resolved: ResolvedDevice[]; assetsNew: number; assetsMerged: number }> {
  const { subscriptionId } = origin;
  const described = devices.map((device) => toDescribed(device, origin));
  const identifiers = described.flatMap((entry) => entry.identifiers);
  const decide = async () => matchAll(described, await findHolders(tx, subscriptionId, identifiers));
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
  return { resolved, assetsNew: newcomers.length, assetsMerged: absorbed.size };
}

type Decisions = {
  /** Negative asset ids are those of newcomers: -1 the first. */
  decided: ResolvedDevice[];
  claimed: HeldIdentifier[];
  absorbed: Map<number, number>;
  newcomers: NewAsset[];
};

function matchAll(described: readonly Described[], held: readonly Holding[]): Decisions {
  const directory = new AssetDirectory();
  for (const { isAbsorbable: _, ...identifier } of held) directory.add(identifier);
  const redundancy = new Redundancy(held);
  const claimed = new Map<string, HeldIdentifier>();
  const absorbed = new Map<number, number>();
  const newcomers: NewAsset[] = [];
  const decided = described.map(({ device, identifiers, seenAt }) => {
    const match = directory.match(identifiers);
    const assetId = match.assetId ?? -newcomers.push({ name: device.addresses[0]!, createdAt: firstSeen(device) });
    for (const holding of redundancy.within(identifiers, assetId)) {
      absorbed.set(holding.assetId, assetId);
      // What a redundant asset holds is the host's now, whenever it was claimed.
      directory.add({ ...holding, assetId });
    }
    for (const taken of directory.claim(assetId, identifiers, seenAt)) claimed.set(identifierKey(taken), taken);
    return { device, assetId };
  });
  return { decided, claimed: [...claimed.values()], absorbed, newcomers };
}

function toDescribed(device: DeviceStatements, origin: DeviceOrigin): Described {
  const { statements, serialKeys, macAddresses, addresses } = device;
  const description = {
    name: addresses[0]!,
    ipAddresses: addresses.filter((address) => !macAddresses.includes(address)),
    macAddresses,
    hostNames: [],
    identifiers: serialKeys.map((value) => ({ kind: "serial-number" as const, value })),
  };
  return {
    device,
    identifiers: toIdentifiers(description, {
      network: origin.network,
      product: origin.product,
      connection: origin.network,
    }),
    seenAt: statements.reduce((latest, { lastSeenMs }) => Math.max(latest, lastSeenMs), 0),
  };
}

function firstSeen({ statements }: DeviceStatements): Date {
  return new Date(statements.reduce((first, { firstSeenMs }) => Math.min(first, firstSeenMs), Infinity));
}

/**
 * Finds hosts that say nothing of their own: made from one sighting of a device before another told that both are one,
 * such as its address in a routed capture, and its MAC in one taken beside it.
 */
class Redundancy {
  readonly #byAsset: Map<number, Holding[]>;
  readonly #byKey: Map<string, Holding>;

  constructor(held: readonly Holding[]) {
    this.#byAsset = Map.groupBy(held, (holding) => holding.assetId);
    this.#byKey = new Map(held.map((holding) => [identifierKey(holding), holding]));
  }

  /** Holdings of assets, other than the one, whose every identifier is among those given. Each asset is found once. */
  within(identifiers: readonly Identifier[], assetId: number): Holding[] {
    const keys = new Set(identifiers.map(identifierKey));
    const candidates = new Set<number>();
    for (const key of keys) {
      const holding = this.#byKey.get(key);
      if (holding?.isAbsorbable && holding.assetId !== assetId) candidates.add(holding.assetId);
    }
    return [...candidates].flatMap((candidate) => {
      const holdings = this.#byAsset.get(candidate) ?? [];
      if (!holdings.every((holding) => keys.has(identifierKey(holding)))) return [];
      this.#byAsset.delete(candidate);
      return holdings;
    });
  }
}
