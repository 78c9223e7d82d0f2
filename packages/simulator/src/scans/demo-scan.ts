import { demoPlugin } from "./demo-plugins.ts";
import { DAY_MS, type PlannedHost, type PlannedItem } from "./scan-plan.ts";
import { writeReport } from "./write-nessus.ts";

/** A device of the simulated plant that the scanner may look at. */
export type PlantAddress = { ipAddress: string; macAddress: string; kind?: string };

export type DemoScanOptions = {
  /** 0 for the first report; in 1 some flaws are mended and some are new. Default 0. */
  run?: number;
  /** Start of run 0, epoch ms; runs are a week apart. Default 6 January 2025. */
  startedAt?: number;
};

type Machine = {
  name: string;
  ipAddress: string;
  operatingSystem: string;
  checks: string[];
  /** Gone from run 1 on. */
  mended?: string[];
  /** There from run 1 on. */
  fresh?: string[];
};

const DEFAULT_START = Date.UTC(2025, 0, 6, 2);
const SERVER_2019 = "Microsoft Windows Server 2019 Standard";
const SERVER_2012 = "Microsoft Windows Server 2012 R2 Standard";
const WINDOWS_10 = "Microsoft Windows 10 Enterprise LTSC 2019";
const WINDOWS_7 = "Microsoft Windows 7 Professional Service Pack 1";
const LINUX = "Linux Kernel 5.15 on Ubuntu 22.04";
const IOS = "CISCO IOS 15.2";
const OLD_WINDOWS = ["unsupportedWindows", "smb17010", "blueKeep", "smbSigning", "rdpNoNla"];

const MACHINES: readonly Machine[] = [
  { name: "hmi-intake", ipAddress: "192.168.20.101", operatingSystem: WINDOWS_7, checks: [...OLD_WINDOWS, "vnc"] },
  {
    name: "hmi-filter",
    ipAddress: "192.168.20.102",
    operatingSystem: WINDOWS_7,
    checks: OLD_WINDOWS,
    mended: ["blueKeep"],
  },
  {
    name: "hmi-pumps",
    ipAddress: "192.168.20.103",
    operatingSystem: WINDOWS_10,
    checks: ["smbSigning", "printNightmare"],
  },
  { name: "hmi-dosing", ipAddress: "192.168.20.104", operatingSystem: WINDOWS_10, checks: ["smbSigning", "vnc"] },
  {
    name: "hmi-control-1",
    ipAddress: "192.168.20.105",
    operatingSystem: WINDOWS_10,
    checks: ["smbSigning", "rdpNoNla"],
  },
  {
    name: "hmi-control-2",
    ipAddress: "192.168.20.106",
    operatingSystem: WINDOWS_10,
    checks: ["smbSigning"],
    fresh: ["rdpNoNla"],
  },
  {
    name: "eng-ws-01",
    ipAddress: "192.168.20.200",
    operatingSystem: WINDOWS_10,
    checks: ["smbSigning", "printNightmare", "rdpNoNla"],
    mended: ["printNightmare"],
  },
  { name: "eng-ws-02", ipAddress: "192.168.20.201", operatingSystem: WINDOWS_7, checks: OLD_WINDOWS },
  {
    name: "historian-01",
    ipAddress: "192.168.30.11",
    operatingSystem: SERVER_2012,
    checks: ["unsupportedWindows", "smb17010", "smbSigning", "sweet32", "oldTls"],
    mended: ["smb17010"],
  },
  {
    name: "historian-02",
    ipAddress: "192.168.30.12",
    operatingSystem: SERVER_2019,
    checks: ["smbSigning", "selfSigned", "oldTls"],
  },
  {
    name: "scada-01",
    ipAddress: "192.168.30.21",
    operatingSystem: SERVER_2019,
    checks: ["log4Shell", "selfSigned", "smbSigning"],
  },
  {
    name: "scada-02",
    ipAddress: "192.168.30.22",
    operatingSystem: SERVER_2019,
    checks: ["log4Shell", "selfSigned"],
    mended: ["log4Shell"],
  },
  {
    name: "opc-gateway",
    ipAddress: "192.168.30.31",
    operatingSystem: SERVER_2012,
    checks: ["unsupportedWindows", "smbSigning", "heartbleed"],
  },
  {
    name: "jump-host",
    ipAddress: "192.168.40.5",
    operatingSystem: SERVER_2019,
    checks: ["selfSigned", "rdpNoNla"],
    fresh: ["printNightmare"],
  },
  {
    name: "dc-plant",
    ipAddress: "192.168.40.10",
    operatingSystem: SERVER_2019,
    checks: ["zerologon", "smbSigning"],
    mended: ["zerologon"],
  },
  { name: "patch-server", ipAddress: "192.168.40.11", operatingSystem: SERVER_2019, checks: ["sweet32", "oldTls"] },
  {
    name: "backup-01",
    ipAddress: "192.168.40.12",
    operatingSystem: LINUX,
    checks: ["terrapin", "regreSshion", "selfSigned"],
  },
  {
    name: "web-reports",
    ipAddress: "192.168.40.20",
    operatingSystem: LINUX,
    checks: ["apacheTraversal", "terrapin", "oldTls"],
    mended: ["apacheTraversal"],
  },
  {
    name: "syslog-01",
    ipAddress: "192.168.40.21",
    operatingSystem: LINUX,
    checks: ["terrapin"],
    fresh: ["regreSshion"],
  },
  {
    name: "camera-recorder",
    ipAddress: "192.168.40.30",
    operatingSystem: LINUX,
    checks: ["telnet", "heartbleed", "snmpPublic"],
  },
  {
    name: "switch-core",
    ipAddress: "192.168.40.1",
    operatingSystem: IOS,
    checks: ["smartInstall", "snmpPublic", "terrapin"],
  },
  {
    name: "switch-cell-1",
    ipAddress: "192.168.20.1",
    operatingSystem: IOS,
    checks: ["smartInstall", "snmpPublic", "telnet"],
    mended: ["telnet"],
  },
  { name: "switch-cell-2", ipAddress: "192.168.20.2", operatingSystem: IOS, checks: ["snmpPublic", "telnet"] },
  { name: "serial-gateway", ipAddress: "192.168.20.3", operatingSystem: LINUX, checks: ["telnet", "snmpPublic"] },
  {
    name: "printer-office",
    ipAddress: "192.168.40.50",
    operatingSystem: "Embedded printer",
    checks: ["snmpPublic", "selfSigned"],
  },
];

/**
 * A Nessus report of a small plant's IT side: 25 machines, and those of `plantHosts` that are not among them. A plant
 * host that is (the engineering station) lends the machine its MAC address, so that both views meet.
 */
export function demoScan(plantHosts: readonly PlantAddress[], options: DemoScanOptions = {}): Generator<Uint8Array> {
  const { run = 0, startedAt = DEFAULT_START } = options;
  const start = startedAt + run * 7 * DAY_MS;
  const macByAddress = new Map(plantHosts.map((host) => [host.ipAddress, host.macAddress]));
  const known = new Set(MACHINES.map((machine) => machine.ipAddress));
  const machines = MACHINES.map((machine, index) =>
    toHost(machine, run, start, macByAddress.get(machine.ipAddress) ?? ownMac(index)),
  );
  const devices = plantHosts.filter((host) => !known.has(host.ipAddress)).map((host) => toDevice(host, start));
  return writeReport("Plant IT weekly", [...machines, ...devices]);
}

function toHost(machine: Machine, run: number, start: number, macAddress: string): PlannedHost {
  const { mended = [], fresh = [] } = machine;
  const checks = run === 0 ? machine.checks : [...machine.checks.filter((key) => !mended.includes(key)), ...fresh];
  return {
    name: `${machine.name}.riverside.example`,
    ipAddress: machine.ipAddress,
    macAddress,
    operatingSystem: machine.operatingSystem,
    startedAt: start,
    endedAt: start + 900_000,
    items: ["scanInfo", "osGuess", "icmpTimestamp", ...checks].map((key) => toItem(key, machine.operatingSystem)),
  };
}

/** The scanner is gentle with controllers: it sees that they answer, no more. */
function toDevice(host: PlantAddress, start: number): PlannedHost {
  const service = host.kind === "rockwell" ? ["ethernetIp"] : host.kind === "siemens" ? ["s7comm"] : [];
  return {
    name: "",
    ipAddress: host.ipAddress,
    macAddress: host.macAddress,
    operatingSystem: "",
    startedAt: start,
    endedAt: start + 120_000,
    items: ["scanInfo", "icmpTimestamp", ...service].map((key) => toItem(key, "unknown")),
  };
}

function toItem(key: string, operatingSystem: string): PlannedItem {
  const plugin = demoPlugin(key);
  return { plugin, port: plugin.port, protocol: plugin.protocol, output: outputOf(key, operatingSystem) };
}

function outputOf(key: string, operatingSystem: string): string {
  if (key === "osGuess") return `Remote operating system : ${operatingSystem}\nConfidence level : 95\n`;
  if (key === "scanInfo") return "Credentialed checks : no\nSafe checks : yes\n";
  return "The host answered the way a host with this weakness does.\n";
}

/** Locally administered, so that no manufacturer is claimed. */
function ownMac(index: number): string {
  return `02:42:52:49:56:${index.toString(16).padStart(2, "0")}`;
}
