import { inferRole, isOtProtocol, nameHost, type ResolvedHost, resolveHost } from "@breakwater/domain/ot/index";
import type { Transaction } from "kysely";
import { markHostsDue } from "../advisories/index.ts";
import { countServersCalled, listEvidence, type ServersCalled } from "./evidence-store.ts";
import { type HostRow, writeHosts } from "./host-store.ts";

export type RefreshOrigin = { subscriptionId: number; network: string; jobId: string };

/** Hosts whose evidence is held in memory at once. */
const chunkSize = 500;

/** Resolves hosts anew from all evidence there is about them, and writes those that changed. */
export async function refreshHosts(
  tx: Transaction<unknown>,
  origin: RefreshOrigin,
  assetIds: readonly number[],
): Promise<{ hostsNew: number; hostsUpdated: number }> {
  const total = { hostsNew: 0, hostsUpdated: 0 };
  const ordered = [...new Set(assetIds)].sort((a, b) => a - b);
  for (let at = 0; at < ordered.length; at += chunkSize) {
    const written = await refreshChunk(tx, origin, ordered.slice(at, at + chunkSize));
    total.hostsNew += written.hostsNew;
    total.hostsUpdated += written.hostsUpdated;
  }
  return total;
}

async function refreshChunk(tx: Transaction<unknown>, origin: RefreshOrigin, assetIds: readonly number[]) {
  const evidence = await listEvidence(tx, origin.subscriptionId, assetIds);
  const resolved = [...Map.groupBy(evidence, ({ assetId }) => assetId)].map(([assetId, statements]) => ({
    assetId,
    host: resolveHost(statements),
  }));
  const addresses = resolved.flatMap(({ assetId, host }) =>
    [...host.ipAddresses, ...host.macAddresses].map((address) => ({ assetId, address })),
  );
  const called = await countServersCalled(tx, origin, addresses);
  const rows = resolved.map(({ assetId, host }) => toRow(assetId, host, called.get(assetId) ?? NOBODY_CALLED));
  const written = await writeHosts(tx, origin, rows);
  await markHostsDue(tx, origin.subscriptionId, assetIds);
  return written;
}

const NOBODY_CALLED: ServersCalled = { otServersCalled: 0, callsIo: false };

function toRow(assetId: number, host: ResolvedHost, called: ServersCalled): HostRow {
  const { hardware, names, ipAddresses, macAddresses, interfaces, modules } = host;
  const isOtServer = interfaces.some(({ protocol }) => isOtProtocol(protocol));
  const { role, purdueLevel, reason } = inferRole({ type: hardware.type, isOtServer, ...called });
  return {
    assetId,
    name: nameHost(host),
    ...hardware,
    firmwareIsProven: host.firmwareIsProven,
    deviceName: names.deviceName,
    operatingSystem: names.operatingSystem,
    role,
    purdueLevel,
    purdueBasis: reason,
    ipAddresses,
    macAddresses,
    sources: host.inventory.map(({ source }) => source),
    firstSeen: new Date(Math.min(...host.inventory.map(({ firstSeenMs }) => firstSeenMs))).toISOString(),
    inventory: host.inventory.map(({ source, firstSeenMs, lastSeenMs }) => ({
      source,
      created: new Date(firstSeenMs).toISOString(),
      lastUpdated: new Date(lastSeenMs).toISOString(),
    })),
    interfaces,
    modules,
  };
}
