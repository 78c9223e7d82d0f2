import { answered, expand, type Table } from "./token-table.ts";

type End = { address: string; assetId: number | null; name: string | null };
type Conversation = {
  network: string;
  client: End;
  server: End & { port: number | null };
  transport: string;
  protocol: string | null;
  firstSeen: string;
  lastSeen: string;
};
type Event = {
  id: number;
  kind: string;
  protocol: string;
  network: string;
  client: End;
  server: End;
  detail: string;
  messageCount: number;
  started: string;
  ended: string;
  evidence: { importId: string; frame: number };
};
type Advisory = {
  qid: number;
  id: string;
  title: string;
  url: string | null;
  publisher: string;
  version: string;
  isFinal: boolean;
  withdrawal: string | null;
  releasedDate: string;
  updatedDate: string;
  importedDate: string;
  cveIds: string[];
  productCount: number;
  recognizableProductCount: number;
  detectionCount: number;
};

const isMac = (address: string) => /^(..:){5}..$/.test(address);
const macOf = ({ address }: End) => (isMac(address) ? address : null);

/** @param isOneClient all records are of one */
function endTokens<Rec extends { client: End; server: End }>(
  table: string,
  isOneClient: boolean,
): Table<Rec>["answered"] {
  return Object.fromEntries(
    (["client", "server"] as const).flatMap((end) => [
      [
        `${table}.${end}.address`,
        answered<Rec>("address", (one) => (macOf(one[end]) ? null : one[end].address), isOneClient && end === "client"),
      ],
      [`${table}.${end}.assetId`, answered<Rec>("integer", (one) => one[end].assetId)],
      [`${table}.${end}.name`, answered<Rec>("text", (one) => one[end].name, isOneClient && end === "client")],
    ]),
  );
}

const common = { pageSize: 100, unanswered: {} } as const;

export const conversations: Table<Conversation> = {
  ...common,
  name: "OT conversations",
  list: "/ot/1.0/network/list",
  recordsOf: (body) => body as Conversation[],
  idOf: ({ network, client, server, transport }) =>
    [network, client.address, server.address, transport, server.port].join(),
  complete: async (records) => records,
  page: [
    ...expand("network transport protocol firstSeen lastSeen {client,server}.macAddress", "network."),
    ...expand("client.{address,assetId,name} server.{address,assetId,name,port}", "network."),
  ],
  answered: {
    ...endTokens<Conversation>("network", false),
    "network.network": answered("text", ({ network }) => network),
    "network.client.macAddress": answered("mac", ({ client }) => macOf(client)),
    "network.server.macAddress": answered("mac", ({ server }) => macOf(server)),
    "network.server.port": answered("integer", ({ server }) => server.port),
    "network.transport": answered("keyword", ({ transport }) => transport),
    "network.protocol": answered("keyword", ({ protocol }) => protocol),
    "network.firstSeen": answered("date", ({ firstSeen }) => Date.parse(firstSeen)),
    "network.lastSeen": answered("date", ({ lastSeen }) => Date.parse(lastSeen)),
  },
  elements: [
    {
      query: "network.server:(port<1000 and not name is null)",
      matches: ({ server }) => server.port !== null && server.port < 1000 && server.name !== null,
    },
  ],
};

export const events: Table<Event> = {
  ...common,
  name: "OT events",
  list: "/ot/1.0/event/list",
  recordsOf: (body) => body as Event[],
  idOf: ({ id }) => String(id),
  complete: async (records) => records,
  page: [
    ...expand("id kind protocol network detail messageCount started ended evidence.{importId,frame}", "event."),
    ...expand("client.{address,assetId,name} server.{address,assetId,name}", "event."),
  ],
  answered: {
    ...endTokens<Event>("event", true),
    "event.id": answered("integer", ({ id }) => id),
    "event.kind": answered("keyword", ({ kind }) => kind),
    "event.protocol": answered("keyword", ({ protocol }) => protocol),
    "event.network": answered("text", ({ network }) => network),
    "event.detail": answered("text", ({ detail }) => detail),
    "event.messageCount": answered("integer", ({ messageCount }) => messageCount),
    "event.started": answered("date", ({ started }) => Date.parse(started)),
    "event.ended": answered("date", ({ ended }) => Date.parse(ended)),
    "event.evidence.importId": answered("keyword", ({ evidence }) => evidence.importId),
    "event.evidence.frame": answered("integer", ({ evidence }) => evidence.frame),
  },
  elements: [
    {
      query: "event:(kind:STOP and server.address:192.168.31.80)",
      matches: ({ kind, server }) => kind === "STOP" && server.address === "192.168.31.80",
    },
  ],
};

export const advisories: Table<Advisory> = {
  ...common,
  name: "OT advisories",
  list: "/ot/1.0/advisory/list",
  recordsOf: (body) => body as Advisory[],
  idOf: ({ id }) => id,
  complete: async (records) => records,
  page: expand(
    `qid id title url publisher version isFinal withdrawal releasedDate updatedDate importedDate cveId productCount
    recognizableProductCount detectionCount`,
    "advisory.",
  ),
  answered: {
    "advisory.qid": answered("integer", ({ qid }) => qid),
    "advisory.id": answered("keyword", ({ id }) => id),
    "advisory.title": answered("text", ({ title }) => title),
    "advisory.url": answered("keyword", ({ url }) => url),
    "advisory.publisher": answered("text", ({ publisher }) => publisher, true),
    "advisory.version": answered("text", ({ version }) => version, true),
    "advisory.isFinal": answered("boolean", ({ isFinal }) => isFinal),
    "advisory.withdrawal": answered("text", ({ withdrawal }) => withdrawal),
    "advisory.releasedDate": answered("date", ({ releasedDate }) => Date.parse(releasedDate), true),
    "advisory.updatedDate": answered("date", ({ updatedDate }) => Date.parse(updatedDate)),
    "advisory.importedDate": answered("date", ({ importedDate }) => Date.parse(importedDate)),
    "advisory.cveId": answered("keyword", ({ cveIds }) => cveIds),
    "advisory.productCount": answered("integer", ({ productCount }) => productCount),
    "advisory.recognizableProductCount": answered(
      "integer",
      ({ recognizableProductCount }) => recognizableProductCount,
    ),
    "advisory.detectionCount": answered("integer", ({ detectionCount }) => detectionCount),
  },
  elements: [
    {
      query: "advisory:(isFinal:true and detectionCount>0)",
      matches: ({ isFinal, detectionCount }) => isFinal && detectionCount > 0,
    },
  ],
};
