import type { InterfaceDescription } from "@breakwater/domain/identity/index";
import type { Advisory } from "@breakwater/domain/ot/advisories/index";

/**
 * What every parser yields: normalised records beside the issues it met.
 *
 * A parser is an async generator of batches. It never throws for bad input: what it cannot read becomes an
 * {@link Issue}, and the good part goes on. It throws only when its byte source throws.
 */

/** Bytes of one file, in order, chunks of any size. */
export type ByteSource = AsyncIterable<Uint8Array>;

/** Something the file's reader wants to know about: a record left out, or a warning beside a record kept. */
export type Issue = {
  /** `refused`: a record (or the rest of the file) was not imported. `warning`: imported, but look at it. */
  level: "refused" | "warning";
  /** Stable machine-readable reason, kebab-case, e.g. `xml-truncated`, `doctype-refused`, `packet-truncated`. */
  code: string;
  /** Where in the file: `line 120`, `frame 17`, `byte 2048`. */
  where: string;
  /** What is wrong and what to do, one sentence. */
  message: string;
  /** True when nothing after this point could be read. */
  fatal?: boolean;
  /** So many issues of the kind were met that are not told one by one: this one stands for them. Absent: for itself. */
  count?: number;
};

/** Severity of the product: 1 minimal or informational, 2 medium-low, 3 medium, 4 high, 5 critical. */
export type Severity = 1 | 2 | 3 | 4 | 5;

/** A host, image, account or other thing that findings are about, as one source describes it. */
export type AssetRecord = {
  /** Unique within the file; findings point to it. */
  ref: string;
  /** What people call it: FQDN, host name or address. */
  name: string;
  ipAddresses: string[];
  /** Lower case, colon separated. */
  macAddresses: string[];
  /** Fully qualified or short names, lower case, without a trailing dot. */
  hostNames: string[];
  /** Which of them go together, where the source tells; absent where it tells lists only. */
  interfaces?: InterfaceDescription[];
  operatingSystem: string | null;
  /** Strong identifiers the source knows, e.g. an agent id. */
  identifiers: { kind: "agent-id" | "cloud-instance-id" | "serial-number" | "bios-uuid"; value: string }[];
  /** When the source looked at it, epoch ms; null when the file does not say. */
  scannedAt: number | null;
  /** Whose cloud it is in, where the source says so. */
  cloudProvider?: CloudProvider;
};

export type CloudProvider = "AWS" | "AZURE" | "GCP" | "OCI";

export type TypeDetected = "Confirmed" | "Potential";

export type CvssScore = { version: "2.0" | "3.0" | "3.1" | "4.0"; vector: string | null; score: number | null };

/** What kind of thing a finding is (etm.md 3, `category`). */
export type FindingCategory =
  | "VULNERABILITY"
  | "MISCONFIGURATION"
  | "SECRET"
  | "CODE"
  | "LICENSE"
  | "MALWARE"
  | "INFORMATION";

/**
 * A check of the source product: what it looks for, told once however many assets have it. Where its records differ
 * within a file it is told again for each that differs: the worst word counts, whatever their order.
 */
export type CheckRecord = {
  /** The source's own id: plugin id, QID, rule id. */
  id: string;
  title: string;
  description: string;
  solution: string;
  severity: Severity;
  /** The source's own word or number for the severity. */
  sourceSeverity: string;
  /** Upper case `CVE-…`, sorted, without repeats. */
  cveIds: string[];
  /** `CWE-…`, sorted. */
  cweIds: string[];
  cvss: CvssScore[];
  family: string | null;
  /** Epoch ms, as the source dates its check or the weakness. */
  publishedAt: number | null;
  patchPublishedAt: number | null;
  isExploitAvailable: boolean | null;
  /** Whether the source names a fix, for any of the places it reports. Null: it does not say. */
  isPatchAvailable: boolean | null;
  /** Whether the source product itself can bring the patch on. Absent: it does not say. */
  isVendorPatchable?: boolean;
  references: string[];
  /** Absent: told by CVEs, score and severity. */
  category?: FindingCategory;
  subCategory?: string;
  /** Other names of the same weakness, e.g. `GHSA-…`, upper case, sorted; not the CVEs. */
  aliases?: string[];
};

export type FindingRecord = {
  /** {@link AssetRecord.ref} */
  assetRef: string;
  /** {@link CheckRecord.id} */
  checkId: string;
  port: number | null;
  /** Lower case: `tcp`, `udp`, `icmp`. */
  protocol: string | null;
  /** Service, path, component: what tells two instances on one port apart; null where there is none. */
  instance: string | null;
  /** The source's output for this asset. */
  evidence: string;
  /** Where in the file, for error reports. */
  where: string;
  /** Of this instance, where it differs from the check's as it was told so far. */
  severity?: Severity;
  /** `fixed`: the source says that it is gone; `mitigated`: there, but said not to be exploitable. Absent: open. */
  state?: "fixed" | "mitigated";
  /** When the source found it first and last, epoch ms, where it says so. */
  firstSeenAt?: number;
  lastSeenAt?: number;
  /** Of what is fixed: since when, epoch ms, where the source says so. */
  fixedAt?: number;
  /** Whether the source has seen the weakness itself, or signs of it only. */
  typeDetected?: TypeDetected;
  /** Whether the check is switched off at the source, by whoever runs it. */
  isDisabled?: boolean;
  /** Whether a user of the source has decided to look past it. */
  isIgnored?: boolean;
  /** Version of the software that has the weakness, at most 255 characters. */
  productVersion?: string;
  /** Numbers 1 to 5 of a table's mapping, in their order; null for one that the record does not tell. */
  customNumbers?: (number | null)[];
};

/** What the file says about the run that made it. */
export type ScanRun = {
  /** Product name, e.g. `Nessus`. */
  product: string;
  name: string | null;
};

/** Order within a file: `run` first; an `asset` before its findings; a `check` before the first finding that names it. */
export type ScanEvent =
  | { type: "run"; run: ScanRun }
  | { type: "asset"; asset: AssetRecord }
  | { type: "check"; check: CheckRecord }
  | { type: "finding"; finding: FindingRecord }
  | { type: "issue"; issue: Issue }
  /** Last event: whether the whole file was read; only a complete run may close findings. */
  | { type: "end"; isComplete: boolean };

/** Parsers yield events in batches of some hundreds, so that async iteration does not cost more than parsing. */
export type ScanParser = (source: ByteSource) => AsyncGenerator<ScanEvent[]>;

/** What identifies a piece of hardware; every member optional because every protocol tells a different part. */
export type HardwareIdentity = {
  manufacturer?: string;
  /** e.g. `Programmable Logic Controller (PLC)`. */
  type?: string;
  category?: string;
  family?: string;
  model?: string;
  /** e.g. Siemens MLFB `6ES7 315-2EH14-0AB0`. */
  orderNumber?: string;
  /** e.g. Rockwell `1756-ENBT/A`. */
  catalogNumber?: string;
  serialNumber?: string;
  firmwareVersion?: string;
  hardwareRevision?: string;
  /** Name given by the plant: station or device name. */
  deviceName?: string;
  moduleName?: string;
  plantName?: string;
  productName?: string;
  operatingSystem?: string;
  /** The manufacturer's number in the protocol's list, where the list has no name for it: evidence, and nobody's name. */
  vendorId?: string;
  /** The manufacturer's number or URI of the kind of device: evidence, and no model's name. */
  deviceId?: string;
};

/** Where a datum was read: enough to find it again with a packet analyser. */
export type Evidence = {
  protocol: string;
  /** 1-based frame number in the capture. */
  frame: number;
  /** Epoch ms. */
  seenAt: number;
  /** 0..100: how far this protocol's word is to be trusted for identity. */
  confidence: number;
};

export type OtModuleRecord = { rack: number | null; slot: number; hardware: HardwareIdentity };

/** One statement by one packet about one device. The resolver on the other side merges them. */
export type OtIdentityRecord = {
  /** Address the statement is about; null for layer-2-only devices. */
  ipAddress: string | null;
  macAddress: string | null;
  hardware: HardwareIdentity;
  /** Modules behind the same address, where the protocol told of any. */
  modules: OtModuleRecord[];
  evidence: Evidence;
  /** Where the device answers, when no conversation says so: it told by broadcast, or below IP. */
  serves?: { transport: "udp" | "ethernet"; port: number | null };
};

/** Two addresses that talked; directions folded, `client` being the side that opened or sent first. */
export type ConversationRecord = {
  client: { ipAddress: string | null; macAddress: string | null };
  server: { ipAddress: string | null; macAddress: string | null; port: number | null };
  /** `tcp`, `udp`, `ethernet`. */
  transport: string;
  /** Application protocol when recognised: `enip`, `s7comm`; otherwise null. */
  protocol: string | null;
  /** Whether the server's side said anything: a broadcast address never does. */
  isAnswered: boolean;
  frames: number;
  bytes: number;
  firstSeen: number;
  lastSeen: number;
};

/** An address pair seen on the wire: which MAC spoke for which IP (from ARP or the frame itself). */
export type AddressRecord = { ipAddress: string; macAddress: string; firstSeen: number; lastSeen: number };

/** What somebody did to a controller (ot.md 2.1). `PROGRAM_UPLOAD` is read from it, `PROGRAM_DOWNLOAD` written to it. */
export type ProcessEventKind =
  | "START"
  | "STOP"
  | "MODE_CHANGE"
  | "RESET"
  | "PROGRAM_DOWNLOAD"
  | "PROGRAM_UPLOAD"
  | "FIRMWARE_DOWNLOAD";

/** One act as the wire shows it: all messages of one kind between two addresses that follow each other closely. */
export type ProcessEventRecord = {
  kind: ProcessEventKind;
  protocol: string;
  clientIp: string;
  serverIp: string;
  /** Operations in the protocol's own words, the first ones when there are many. */
  detail: string;
  messages: number;
  /** Epoch ms of the first and the last message. */
  startedAt: number;
  endedAt: number;
  /** Of the first message, 1-based. */
  frame: number;
};

export type CaptureSummary = {
  frames: number;
  bytes: number;
  /** Epoch ms; null in an empty capture. */
  firstSeen: number | null;
  lastSeen: number | null;
  /** Frames that could not be decoded, by reason. */
  skipped: Record<string, number>;
};

/** Identities and events as they come; conversations, addresses and the summary at the end. */
export type CaptureEvent =
  | { type: "identity"; identity: OtIdentityRecord }
  | { type: "conversation"; conversation: ConversationRecord }
  | { type: "address"; address: AddressRecord }
  | { type: "event"; event: ProcessEventRecord }
  | { type: "issue"; issue: Issue }
  | { type: "progress"; frames: number }
  | { type: "end"; isComplete: boolean; summary: CaptureSummary };

export type CaptureParser = (source: ByteSource) => AsyncGenerator<CaptureEvent[]>;

/**
 * How far a plugged module may differ from the configured one before the controller refuses it. Only `exact` holds the
 * installed firmware to the configured revision.
 */
export type Keying = "exact" | "compatible" | "disabled";

/** One element of a project's hardware tree. */
export type ProjectModuleRecord = {
  /** Unique within the file. */
  ref: string;
  /** What it is plugged into or reached through; null at the root. */
  parentRef: string | null;
  name: string;
  hardware: HardwareIdentity;
  ipAddresses: string[];
  /** Lower case, colon separated. */
  macAddresses: string[];
  /** Reached by an IP network, so that it is a station of its own, even where the file does not tell its address. */
  isStation: boolean;
  /** Where it is plugged: the same text for all that share one backplane or bus; null at the root and for stations. */
  bus: string | null;
  rack: number | null;
  slot: number | null;
  /** Null where the format has none. */
  keying: Keying | null;
};

/** The project that an engineering tool wrote into a file. */
export type ProjectRecord = {
  /** What all files of this project have, and no other's, as far as the format tells. */
  key: string;
  name: string;
  /** Lower case, without the dot: `l5x`. */
  extension: string;
  vendor: string;
  toolName: string | null;
  toolVersion: string | null;
  plantLocation: string | null;
  /** Epoch ms; null where the file does not tell. */
  savedAt: number | null;
  /** The format holds more than what is read of it. */
  isPartial: boolean;
  /** A parent stands before its children. */
  modules: ProjectModuleRecord[];
};

/** At most one project; none where nothing of it could be read. */
export type ProjectFileEvent =
  | { type: "project"; project: ProjectRecord }
  | { type: "issue"; issue: Issue }
  /** `fileHash`: SHA-256 of the bytes given, lower-case hexadecimal. */
  | { type: "end"; isComplete: boolean; fileHash: string };

export type ProjectFileParser = (source: ByteSource) => AsyncGenerator<ProjectFileEvent[]>;

/** Advisories as they come. */
export type AdvisoryEvent =
  | { type: "advisory"; advisory: Advisory }
  | { type: "issue"; issue: Issue }
  | { type: "end"; isComplete: boolean };

export type AdvisoryParser = (source: ByteSource) => AsyncGenerator<AdvisoryEvent[]>;
