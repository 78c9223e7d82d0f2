import { query } from "../http.ts";
import { answered, expand, type Table } from "./token-table.ts";

type Element = {
  address: string | null;
  macAddress: string | null;
  protocol: string | null;
  transport: { protocol: string | null };
  port: number | null;
};
type Host = {
  assetId: number;
  name: string;
  hardware: Record<string, string | null>;
  purdueLevel: number | null;
  inventory: { source: string }[];
  interfaces: Element[];
  projectFiles: { name: string }[];
  risk: number;
  criticality: number;
  vulnerabilityCount: number;
  tags: string[];
  created: string;
  lastUpdated: string;
};

const hostTokens: Table<Host>["answered"] = {
  "asset.assetId": answered("integer", ({ assetId }) => assetId),
  "asset.name": answered("text", ({ name }) => name),
  "asset.created": answered("date", ({ created }) => Date.parse(created)),
  "asset.lastUpdated": answered("date", ({ lastUpdated }) => Date.parse(lastUpdated)),
  "asset.risk": answered("integer", ({ risk }) => risk),
  "asset.vulnerabilityCount": answered("integer", ({ vulnerabilityCount }) => vulnerabilityCount),
  "asset.criticality": answered("integer", ({ criticality }) => criticality),
  "asset.purdueLevel": answered("number", ({ purdueLevel }) => purdueLevel),
  "asset.tags.name": answered("keyword", ({ tags }) => tags),
  ...Object.fromEntries(
    expand("type manufacturer family model orderNumber catalogNumber serialNumber firmwareVersion").map((member) => [
      `hardware.${member}`,
      answered<Host>(member === "serialNumber" ? "keyword" : "text", ({ hardware }) => hardware[member]),
    ]),
  ),
  "inventory.source": answered("keyword", ({ inventory }) => inventory.map(({ source }) => source)),
  "interfaces.address": answered("address", ({ interfaces }) => interfaces.map(({ address }) => address)),
  "interfaces.macAddress": answered("mac", ({ interfaces }) => interfaces.map(({ macAddress }) => macAddress)),
  "interfaces.protocol": answered("keyword", ({ interfaces }) => interfaces.map(({ protocol }) => protocol)),
  "interfaces.port": answered("integer", ({ interfaces }) => interfaces.map(({ port }) => port)),
  "interfaces.transport.protocol": answered("keyword", ({ interfaces }) =>
    interfaces.map(({ transport }) => transport.protocol),
  ),
  "projectFile.name": answered("text", ({ projectFiles }) => projectFiles.map(({ name }) => name)),
};
const hostPage = expand(
  `asset.{assetId,name,created,lastUpdated,risk,vulnerabilityCount,criticality,purdueLevel,tags.name}
  hardware.{type,manufacturer,family,model,orderNumber,catalogNumber,serialNumber,firmwareVersion} inventory.source
  interfaces.{address,macAddress,protocol,port} interfaces.transport.protocol projectFile.name`,
);

export const hosts: Table<Host> = {
  name: "OT hosts",
  list: "/ot/1.0/host/list",
  pageSize: 100,
  recordsOf: (body) => (body as { assets: Host[] }).assets,
  idOf: ({ assetId }) => String(assetId),
  complete: async (records) => records,
  page: hostPage,
  answered: hostTokens,
  unanswered: {},
  elements: [
    {
      query: "interfaces:(port:102 and transport.protocol:tcp and address:192.168.20.0/24)",
      matches: ({ interfaces }) =>
        interfaces.some(
          ({ port, transport, address }) =>
            port === 102 && transport.protocol === "tcp" && address?.startsWith("192.168.20.") === true,
        ),
    },
    {
      query: "interfaces:(protocol!=enip and (port<1000 or port:[2000 .. 5000]))",
      matches: ({ interfaces }) =>
        interfaces.some(
          ({ protocol, port }) =>
            protocol?.toLowerCase() !== "enip" && port !== null && (port < 1000 || (port >= 2000 && port <= 5000)),
        ),
    },
    {
      query: "hardware:(manufacturer:Siemens and not orderNumber is null)",
      matches: ({ hardware }) => /siemens/i.test(hardware.manufacturer ?? "") && hardware.orderNumber !== null,
    },
  ],
};

type Detection = {
  uuid: string;
  qid: number;
  title: string;
  cveIds: string[];
  severity: number;
  criticality: string;
  typeDetected: string;
  status: string;
  vulnCategory: string;
  threatIntel: string[];
  firstDetected: string;
  lastDetected: string;
  qds: number | null;
  asset: { assetId: number };
  host: Host;
};

export const detections: Table<Detection> = {
  name: "OT detections",
  list: "/ot/1.0/detection/list",
  pageSize: 100,
  recordsOf: (body) => (body as { vulnerabilities: Detection[] }).vulnerabilities,
  idOf: ({ uuid }) => uuid,
  complete: async (records, read) => {
    const { assets: listed } = await read<{ assets: Host[] }>(`${hosts.list}${query({ pageSize: hosts.pageSize })}`);
    const byId = new Map(listed.map((host) => [host.assetId, host]));
    return records.map((record) => ({ ...record, host: byId.get(record.asset.assetId) as Host }));
  },
  page: [
    ...expand(
      "qid title severity criticality typeDetected status vulnCategory firstDetected lastDetected cveId qds",
      "vulnerabilities.",
    ),
    ...expand("hardware.vendor vulnerability.{criticality,threatIntel,title}", "vulnerabilities."),
    ...hostPage,
  ],
  answered: {
    "vulnerabilities.qid": answered("integer", ({ qid }) => qid),
    "vulnerabilities.title": answered("text", ({ title }) => title),
    "vulnerabilities.severity": answered("integer", ({ severity }) => severity),
    "vulnerabilities.criticality": answered("keyword", ({ criticality }) => criticality),
    "vulnerabilities.typeDetected": answered("keyword", ({ typeDetected }) => typeDetected),
    "vulnerabilities.status": answered("keyword", ({ status }) => status),
    "vulnerabilities.vulnCategory": answered("text", ({ vulnCategory }) => vulnCategory, true),
    "vulnerabilities.firstDetected": answered("date", ({ firstDetected }) => Date.parse(firstDetected)),
    "vulnerabilities.lastDetected": answered("date", ({ lastDetected }) => Date.parse(lastDetected)),
    "vulnerabilities.cveId": answered("keyword", ({ cveIds }) => cveIds),
    "vulnerabilities.qds": answered("integer", ({ qds }) => qds),
    "vulnerabilities.hardware.vendor": answered("text", ({ host }) => host.hardware.manufacturer),
    "vulnerabilities.vulnerability.criticality": answered("keyword", ({ criticality }) => criticality),
    "vulnerabilities.vulnerability.threatIntel": answered("keyword", ({ threatIntel }) => threatIntel),
    "vulnerabilities.vulnerability.title": answered("text", ({ title }) => title),
    ...Object.fromEntries(
      Object.entries(hostTokens).map(([name, { kind, valuesOf }]) => [
        name,
        // Detections stand on few hosts, which may be alike in some of this.
        answered<Detection>(kind, ({ host }) => valuesOf(host), true),
      ]),
    ),
  },
  unanswered: {},
  elements: [
    {
      query: "vulnerabilities:(typeDetected:Potential and severity<5) and interfaces:(port:102)",
      matches: ({ typeDetected, severity, host }) =>
        typeDetected === "Potential" && severity < 5 && host.interfaces.some(({ port }) => port === 102),
    },
  ],
};

type ProjectFile = { id: string; lastUpdated: string; assetCount: number } & Record<string, string | null>;

export const projectFiles: Table<ProjectFile> = {
  name: "project files",
  list: "/ot/1.0/projectfile/list",
  pageSize: 100,
  recordsOf: (body) => body as ProjectFile[],
  idOf: ({ id }) => id,
  complete: async (records) => records,
  page: expand(
    "name vendor status fileHash engineeringToolName engineeringToolVersion plantLocation uploadedBy lastUpdated assetCount",
  ),
  answered: {
    ...Object.fromEntries(
      expand("name vendor engineeringToolName engineeringToolVersion plantLocation").map((member) => [
        member,
        answered<ProjectFile>("text", (file) => file[member]),
      ]),
    ),
    uploadedBy: answered("text", ({ uploadedBy }) => uploadedBy, true),
    status: answered("keyword", ({ status }) => status),
    fileHash: answered("keyword", ({ fileHash }) => fileHash),
    lastUpdated: answered("date", ({ lastUpdated }) => Date.parse(lastUpdated)),
    assetCount: answered("integer", ({ assetCount }) => assetCount),
  },
  unanswered: {},
  elements: [],
};
