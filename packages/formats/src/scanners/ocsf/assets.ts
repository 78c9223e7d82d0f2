import type { Json, JsonObject } from "../../json/index.ts";
import { type AssetInput, asArray, asObject, toCloudIdentifiers, toNumber, toText, toTime } from "../kit/index.ts";

/** The device, where there is one, and each resource. Older events have one `resource`. */
export function toAssets(event: JsonObject): AssetInput[] {
  const scannedAt = toTime(toNumber(event.time));
  const resources = [...asArray(event.resources), ...(event.resource === undefined ? [] : [event.resource])];
  const more = { scannedAt, cloudProvider: toText(asObject(event.cloud).provider) };
  const found = resources.map((resource) => ({ ...toResource(asObject(resource)), ...more }));
  if (event.device !== undefined) found.unshift({ ...toDevice(asObject(event.device)), ...more });
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
  const own = toInterface(device.ip, device.mac);
  const interfaces = [own, ...networks.map(({ ip, mac, hostname }) => toInterface(ip, mac, hostname))];
  return {
    name: host,
    addresses: interfaces.flatMap(({ address, hostName }) => [address, hostName]),
    macAddresses: interfaces.map(({ macAddress }) => macAddress),
    interfaces,
    operatingSystem: `${toText(name)} ${toText(version)}`.trim() || null,
    identifiers: toCloudIdentifiers(toText(device.instance_uid), toText(device.uid)),
  };
}

function toInterface(ip: Json | undefined, mac: Json | undefined, hostname?: Json) {
  return { address: toText(ip), macAddress: toText(mac), hostName: toText(hostname) };
}

function toResource(resource: JsonObject): AssetInput {
  const id = toText(resource.uid);
  return { name: id || toText(resource.name), isHost: false, identifiers: toCloudIdentifiers(id) };
}
