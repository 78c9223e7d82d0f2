import { type AssetInput, type ScanWriter, toNumber, toPort, type XmlElement, xmlScan } from "../kit/index.ts";
import { toScriptFindings } from "./scripts.ts";

type State = {
  startedAt: number | null;
  host: Omit<AssetInput, "addresses" | "macAddresses"> & { addresses: string[]; macAddresses: string[] };
  isUp: boolean;
};

const HOST = "nmaprun/host";

/**
 * Nmap's XML output: every host that is up is an asset, and what scripts found on it are its findings. An open port alone
 * is none.
 */
export const parseNmap = xmlScan<State>({
  product: "Nmap",
  // A script tells its whole output in one attribute.
  limits: { maxTagBytes: 4_194_304 },
  start: () => ({ startedAt: null, host: newHost(null), isUp: false }),
  open: {
    nmaprun: ({ start }, { state }) => {
      state.startedAt = toSeconds(start);
    },
    [HOST]: ({ starttime, endtime, timedout }, { out, where, state }) => {
      if (timedout === "true") out.unfinished(where, "the scan gave a host up that took too long");
      state.host = newHost(toSeconds(endtime) ?? toSeconds(starttime) ?? state.startedAt);
      state.isUp = true;
    },
  },
  records: {
    "nmaprun/runstats/finished": ({ attributes }, { out, where }) => {
      if (attributes.exit === "error") out.unfinished(where, "the scan ended with an error");
    },
    [`${HOST}/status`]: ({ attributes }, { state }) => {
      state.isUp = attributes.state !== "down";
    },
    [`${HOST}/address`]: ({ attributes: { addr = "", addrtype } }, { state }) => {
      if (addrtype === "mac") state.host.macAddresses.push(addr);
      else state.host.addresses.push(addr);
    },
    [`${HOST}/hostnames/hostname`]: ({ attributes }, { state }) => {
      state.host.addresses.push(attributes.name ?? "");
    },
    [`${HOST}/ports/port`]: (port, { out, where, state }) => tellPort(port, out, where, state),
    [`${HOST}/os/osmatch`]: ({ attributes }, { state }) => {
      // Best guess first.
      state.host.operatingSystem ??= attributes.name ?? null;
    },
    [`${HOST}/hostscript/script`]: (script, { out, where, state }) =>
      tellScripts([script], { port: null, protocol: null }, out, where, state),
  },
  close: {
    [HOST]: ({ out, where, state }) => {
      if (!state.isUp) return;
      const asset = named(state.host);
      if (asset) out.asset(asset);
      else out.refuse("asset-missing", where, "the host has no address; it was left out");
    },
  },
});

function newHost(scannedAt: number | null): State["host"] {
  return { name: "", addresses: [], macAddresses: [], scannedAt };
}

/** By its address; a host found by its hardware address alone has no other name. */
function named(host: State["host"]): AssetInput | null {
  const name = [...host.addresses, ...host.macAddresses].find((text) => text.trim() !== "");
  if (name === undefined) return null;
  // Who answered for all its addresses; names among them tie nothing.
  const [macAddress, ...others] = host.macAddresses;
  if (macAddress === undefined || others.length > 0) return { ...host, name };
  return { ...host, name, interfaces: host.addresses.map((address) => ({ address, macAddress })) };
}

function toSeconds(text: string | undefined): number | null {
  const seconds = toNumber(text);
  return seconds === null || seconds <= 0 || seconds > 4_102_444_800 ? null : Math.trunc(seconds * 1000);
}

function tellPort(port: XmlElement, out: ScanWriter, where: string, state: State): void {
  const scripts = port.children.filter(({ name }) => name === "script");
  const number = toPort(port.attributes.portid);
  const place = { port: number, protocol: number === null ? null : (port.attributes.protocol ?? null) };
  tellScripts(scripts, place, out, where, state);
}

function tellScripts(
  scripts: readonly XmlElement[],
  place: { port: number | null; protocol: string | null },
  out: ScanWriter,
  where: string,
  state: State,
): void {
  const findings = scripts.flatMap(toScriptFindings);
  if (findings.length === 0 || !state.isUp) return;
  const asset = named(state.host);
  if (!asset) {
    out.refuse("asset-missing", where, "the host of the finding has no address; it was left out");
    return;
  }
  for (const { check, ...told } of findings) out.finding(asset, check, { ...place, ...told }, where);
}
