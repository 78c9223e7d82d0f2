import type { Token, TokenGroup, TokenTable } from "../token-table.ts";
import { token } from "../token-table.ts";

const inInterface = { group: "interfaces", isMultiple: true } as const;
const inHardware = { group: "hardware" } as const;

/** All tokens of the OT host table. */
export const otHostTokens: readonly Token[] = [
  token("asset.assetId", "integer", "Number of the host.", "asset.assetId:1017"),
  token("asset.name", "text", "Name of the host.", "asset.name:PLC*"),
  token("asset.created", "date", "When the host became known.", "asset.created>now-7d"),
  token("asset.lastUpdated", "date", "Last change of the host.", "asset.lastUpdated:[now-1M .. now]"),
  token("asset.risk", "integer", "Risk score from 0 to 1000.", "asset.risk>=700"),
  token(
    "asset.vulnerabilityCount",
    "integer",
    "Number of open vulnerabilities: each CVE of a detection counts, and what scanners found.",
    "asset.vulnerabilityCount>0",
  ),
  token("asset.criticality", "integer", "Criticality from 1 to 5.", "asset.criticality>=4"),
  token("asset.purdueLevel", "number", "Level in the Purdue model.", "asset.purdueLevel:[0 .. 2]"),
  token("asset.tags.name", "keyword", "Tag on the host.", "asset.tags.name:`ICS_OCA`", { isMultiple: true }),
  token("hardware.type", "text", "Kind of device.", "hardware.type:`Programmable Logic Controller (PLC)`", inHardware),
  token("hardware.manufacturer", "text", "Manufacturer.", "hardware.manufacturer:Siemens", inHardware),
  token("hardware.family", "text", "Product family.", 'hardware.family:"S7-300"', inHardware),
  token("hardware.model", "text", "Model.", "hardware.model:1756-ENBT*", inHardware),
  token(
    "hardware.orderNumber",
    "text",
    "Order number (MLFB).",
    'hardware.orderNumber:"6ES7 315-2EH14-0AB0"',
    inHardware,
  ),
  token("hardware.catalogNumber", "text", "Catalogue number.", "hardware.catalogNumber:`1756-ENBT/A`", inHardware),
  token("hardware.serialNumber", "keyword", "Serial number.", "hardware.serialNumber:0x00524d8e", inHardware),
  token("hardware.firmwareVersion", "text", "Version of the firmware.", "hardware.firmwareVersion:`3.2.7`", inHardware),
  token("inventory.source", "keyword", "Source that knows the host.", 'inventory.source:"Passive Sensor"', {
    isMultiple: true,
  }),
  token("interfaces.address", "address", "IPv4 or IPv6 address.", "interfaces.address:192.168.0.0/16", inInterface),
  token("interfaces.macAddress", "mac", "MAC address.", "interfaces.macAddress:00:1d:9c*", inInterface),
  token(
    "interfaces.protocol",
    "keyword",
    "Industrial protocol that the interface speaks.",
    "interfaces.protocol:s7comm",
    inInterface,
  ),
  token("interfaces.port", "integer", "Port of that protocol.", "interfaces.port:102", inInterface),
  token("interfaces.transport.protocol", "keyword", "Transport protocol.", "interfaces.transport.protocol:tcp", {
    ...inInterface,
    storedCase: "lower",
  }),
  token("projectFile.name", "text", "Project file that names the host.", 'projectFile.name:"Line 4"', {
    isMultiple: true,
  }),
];

/** Groups of the host tokens. */
export const otHostGroups: readonly TokenGroup[] = [
  {
    name: "interfaces",
    kind: "elements",
    documentation: "One interface with the protocol spoken there.",
    example: "interfaces:(address:10.1.0.0/16 and port:102)",
  },
  {
    name: "hardware",
    kind: "record",
    documentation: "The host's hardware: its prefix written once.",
    example: "hardware:(manufacturer:Siemens and family:S7*)",
  },
];

/** What the `filter` of OT host lists may use. */
export const otHostTable: TokenTable = {
  id: "ot-hosts",
  title: "OT hosts",
  description: "For the `filter` and `sort` of OT host lists.",
  tokens: otHostTokens,
  groups: otHostGroups,
  foreign: [],
};
