import type { JsonObject } from "../../json/index.ts";
import { type AssetInput, asArray, asObject, toCloudIdentifiers, toNumber, toText, toTime } from "../kit/index.ts";

/** The device, where there is one, and each resource. Older events have one `resource`. */
export function toAssets(event: JsonObject): AssetInput[] {
  const scannedAt = toTime(toNumber(event.time));
  const resources = [...asArray(event.resources), ...(event.resource === undefined ? [] : [event.resource])];
  const found = resources.map((resource) => ({ ...toResource(asObject(resource)), scannedAt }));
  if (event.device !== undefined) found.unshift({ ...toDevice(asObject(event.device)), scannedAt });
  // A device often stands among the resources again.
  return found.filter((asset, index) => found.findIndex((other) => isSame(asset, other)) === index);
}

function isSame(a: AssetInput, b: AssetInput): boolean {
  const ids = (asset: AssetInput) => (asset.identifiers ?? []).map(({ value }) => value);
  return a.name === b.name || ids(a).some((id) => ids(b).includes(id));
}

function toDevice(device: JsonObject): AssetInput {
  const networks = asArray(device.network_interfaces).map(asObject);
  const { name, version } = asObject(device.os);
  const host = toText(device.hostname) || toText(device.name) || toText(device.ip) || toText(device.uid);
  return {
    name: host,
    addresses: [device.ip, ...networks.map(({ ip }) => ip)].map(toText),
    macAddresses: [device.mac, ...networks.map(({ mac }) => mac)].map(toText),
    operatingSystem: `${toText(name)} ${toText(version)}`.trim() || null,
    identifiers: toCloudIdentifiers(toText(device.instance_uid), toText(device.uid)),
  };
}

function toResource(resource: JsonObject): AssetInput {
  const id = toText(resource.uid);
  return { name: id || toText(resource.name), isHost: false, identifiers: toCloudIdentifiers(id) };
}
