import { otHostList, type ResultOf } from "@breakwater/client";
import { otHostTable } from "@breakwater/domain/query/index";
import { RecordLink } from "../../parts/links.tsx";
import { toOtQuery, toPage } from "../../parts/search/read-page.ts";
import { type SearchKind, SearchList } from "../../parts/search/search-list.tsx";
import { shorten } from "../../parts/shorten.ts";
import { Time, toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";

type Host = ResultOf<typeof otHostList>["assets"][number];

const kind: SearchKind<Host> = {
  title: "OT hosts",
  id: otHostList.id,
  table: otHostTable,
  hint: "hardware.manufacturer:Siemens AND asset.purdueLevel:[0 .. 2]",
  defaultSort: "asset.risk:desc",
  examples: [
    ["Controllers", "hardware.type:`Programmable Logic Controller (PLC)`"],
    ["With open findings", "asset.vulnerabilityCount>0"],
    ["Without known firmware", "hardware.model is not null AND hardware.firmwareVersion is null"],
    ["On s7comm", "interfaces.protocol:s7comm"],
    ["New this week", "asset.created>now-7d"],
  ],
  keyOf: ({ assetId }) => String(assetId),
  columns: [
    { label: "Risk", sortBy: "asset.risk", isRight: true, render: ({ risk }) => risk },
    {
      label: "Host",
      sortBy: "asset.name",
      isWide: true,
      render: ({ assetId, name, ipAddress, macAddress }) => (
        <>
          <RecordLink to="/ot/hosts/$hostId" params={{ hostId: String(assetId) }}>
            {name}
          </RecordLink>
          <div className="mono">{shorten(ipAddress.length > 0 ? ipAddress : macAddress)}</div>
        </>
      ),
    },
    {
      label: "Hardware",
      sortBy: "hardware.manufacturer",
      isWide: true,
      render: ({ hardware: { manufacturer, model, family, type } }) => (
        <>
          {[manufacturer, model ?? family].filter(Boolean).join(" ")}
          <div className="quiet">{type}</div>
        </>
      ),
    },
    {
      label: "Order or catalogue number",
      render: ({ hardware: { orderNumber, catalogNumber } }) => (
        <span className="mono">{orderNumber ?? catalogNumber}</span>
      ),
    },
    {
      label: "Firmware",
      sortBy: "hardware.firmwareVersion",
      render: ({ hardware }) => <span className="mono">{hardware.firmwareVersion}</span>,
    },
    { label: "Level", sortBy: "asset.purdueLevel", isRight: true, render: ({ purdueLevel }) => purdueLevel },
    {
      label: "Open findings",
      sortBy: "asset.vulnerabilityCount",
      isRight: true,
      render: ({ vulnerabilityCount }) => toNumber(vulnerabilityCount),
    },
    { label: "Protocols", render: ({ interfaces }) => <span className="quiet">{protocolsOf(interfaces)}</span> },
    { label: "Last told of", sortBy: "asset.lastUpdated", render: ({ lastUpdated }) => <Time at={lastUpdated} /> },
  ],
  read: async (request) => {
    const answer = await call(otHostList, { query: toOtQuery(request), signal: request.signal });
    return toPage(answer, (await answer.json()).assets);
  },
};

function protocolsOf(interfaces: Host["interfaces"]): string {
  return shorten([...new Set(interfaces.flatMap(({ protocol }) => (protocol === null ? [] : [protocol])))]);
}

export function OtHostsPage() {
  return <SearchList kind={kind} />;
}
