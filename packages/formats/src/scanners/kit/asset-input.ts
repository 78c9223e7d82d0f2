import type { AssetRecord } from "../../records.ts";
import { toCloudProvider } from "./cloud-resource.ts";
import { isIpAddress, toMac } from "./values.ts";

/** An asset as a mapping knows it; addresses and names are sorted out and normalised here. */
export type AssetInput = {
  /** What the file calls it; also its reference unless `ref` is given. */
  name: string;
  ref?: string;
  /** False: an image, project or cloud resource, whose name is no host's even if it looks like one (`app.jar`). */
  isHost?: false;
  /** Addresses and host names in any order and spelling: each is put where it belongs. */
  addresses?: readonly (string | null | undefined)[];
  macAddresses?: readonly (string | null | undefined)[];
  /** What goes together, in any spelling; told in the lists as well. */
  interfaces?: readonly { address: string; macAddress: string; hostName?: string }[];
  operatingSystem?: string | null;
  identifiers?: AssetRecord["identifiers"];
  /** Epoch ms. */
  scannedAt?: number | null;
  /** In the source's own words; told by identifiers where there is none. */
  cloudProvider?: string | undefined;
};

type Interface = NonNullable<AssetRecord["interfaces"]>[number];

const MAX_NAME_CHARS = 255;

/** The record that a mapping means. */
export function toAsset(input: AssetInput): AssetRecord {
  const name = input.name.trim();
  const texts = [...(input.isHost === false ? [] : [name]), ...(input.addresses ?? [])].flatMap(
    (text) => toHostText(text) || [],
  );
  const ids = (input.identifiers ?? []).map(({ value }) => value);
  const cloudProvider = toCloudProvider(input.cloudProvider, ...ids);
  const macs = [...(input.macAddresses ?? [])].flatMap((text) => toMac(text ?? "") ?? []);
  return {
    ref: input.ref ?? name,
    name: name.slice(0, MAX_NAME_CHARS).toWellFormed(),
    ipAddresses: unique(texts.filter(isIpAddress)),
    macAddresses: unique(macs),
    hostNames: unique(texts.filter(isHostName)),
    ...withInterfaces((input.interfaces ?? []).map(toInterface)),
    operatingSystem: input.operatingSystem?.trim() || null,
    identifiers: input.identifiers ?? [],
    scannedAt: input.scannedAt ?? null,
    ...(cloudProvider ? { cloudProvider } : {}),
  };
}

/** An address or a host's name in its plain spelling; empty where it is too long for either. */
function toHostText(text: string | null | undefined): string {
  const trimmed = text?.trim().toLowerCase().replace(/\.$/, "") ?? "";
  return trimmed.length > MAX_NAME_CHARS ? "" : trimmed;
}

function toInterface(input: NonNullable<AssetInput["interfaces"]>[number]): Interface {
  const [address = "", hostName = ""] = [input.address, input.hostName].map((text) => toHostText(text));
  return {
    address: isIpAddress(address) ? address : null,
    hostName: isHostName(hostName) ? hostName : null,
    macAddress: toMac(input.macAddress),
  };
}

/** Those that tie something together, each once. */
function withInterfaces(interfaces: readonly Interface[]): Pick<AssetRecord, "interfaces"> {
  const ties = interfaces.filter((one) => Object.values(one).filter((value) => value !== null).length > 1);
  const kept = [...new Map(ties.map((one) => [JSON.stringify(one), one])).values()];
  return kept.length > 0 ? { interfaces: kept } : {};
}

/** A name that a host may have; images, accounts and files are no hosts. */
function isHostName(text: string): boolean {
  return /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(text) && !isIpAddress(text);
}

/** One asset that is told twice: the first word counts, and lists are joined. */
export function mergeAssets(a: AssetRecord, b: AssetRecord): AssetRecord {
  const keys = new Set(a.identifiers.map(({ kind, value }) => `${kind} ${value}`));
  return {
    ...b,
    ...a,
    ipAddresses: unique([...a.ipAddresses, ...b.ipAddresses]),
    macAddresses: unique([...a.macAddresses, ...b.macAddresses]),
    hostNames: unique([...a.hostNames, ...b.hostNames]),
    ...withInterfaces([...(a.interfaces ?? []), ...(b.interfaces ?? [])]),
    operatingSystem: a.operatingSystem ?? b.operatingSystem,
    identifiers: [...a.identifiers, ...b.identifiers.filter(({ kind, value }) => !keys.has(`${kind} ${value}`))],
    scannedAt: Math.max(a.scannedAt ?? 0, b.scannedAt ?? 0) || null,
  };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
