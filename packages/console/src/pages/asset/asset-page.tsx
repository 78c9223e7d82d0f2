import { etmAssetGet, etmFindingList, type ResultOf } from "@breakwater/client";
import { Grid, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { RecordLink } from "../../parts/links.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Mark, Risk } from "../../parts/marks.tsx";
import { Facts, Page, Panel, Waiting } from "../../parts/page.tsx";
import { Reasons } from "../../parts/reasons.tsx";
import { RecordTable } from "../../parts/record-table.tsx";
import { Time, toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";
import { useHolds } from "../../session/use-session.ts";
import { findingColumns } from "../findings/finding-kind.tsx";

type AssetDetail = ResultOf<typeof etmAssetGet>;

export function AssetPage() {
  const { assetId = "" } = useParams({ strict: false });
  const asset = useQuery({
    queryKey: [etmAssetGet.id, assetId],
    queryFn: async ({ signal }) => (await call(etmAssetGet, { params: { assetId }, signal })).json(),
  });
  return (
    <Loaded title="Asset" query={asset}>
      {(found) => <Shown asset={found} />}
    </Loaded>
  );
}

function Shown({ asset }: { asset: AssetDetail }) {
  const { name, truRiskScore, truRiskBand, explanation } = asset;
  return (
    <Page
      title={name}
      note={
        <Group gap={6}>
          <Risk value={truRiskScore} band={truRiskBand} />
          {asset.isOt && <Mark band="none">OT</Mark>}
          {asset.isInternetFacing && <Mark band="high">internet-facing</Mark>}
        </Group>
      }
    >
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="sm">
            <AssetFindings asset={asset} />
            <Identifiers asset={asset} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="sm">
            <AssetFacts asset={asset} />
            <Panel title={`Why ${truRiskScore}`}>
              <Reasons reasons={explanation.score} total={truRiskScore} name="TruRisk" />
            </Panel>
            <AssetSources asset={asset} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function AssetFacts({ asset }: { asset: AssetDetail }) {
  const seesHosts = useHolds("OT UI Access", "VMDR OT.API.ACCESS");
  return (
    <Panel title="What it is">
      <Facts
        rows={{
          "Operating system": asset.operatingSystem,
          Addresses: asset.ipAddresses.join(", "),
          "MAC addresses": asset.macAddresses.join(", "),
          "Host names": asset.hostNames.join(", "),
          Criticality: `${asset.criticalityScore} of 5`,
          Tags: asset.tags.join(", "),
          "In the plant": asset.isOt && seesHosts && (
            <RecordLink to="/ot/hosts" search={{ q: `asset.assetId:${asset.id}` }}>
              As an OT host
            </RecordLink>
          ),
          "Open findings": toNumber(asset.findingCount),
          "Known since": <Time at={asset.created} isExact />,
          "Last told of": <Time at={asset.lastUpdated} isExact />,
          UUID: <span className="mono">{asset.uuid}</span>,
        }}
      />
    </Panel>
  );
}

const SHOWN = 50;

/** The API asks for assets by a query, which knows names and addresses; of assets that share them only this one's are shown. */
function AssetFindings({ asset }: { asset: AssetDetail }) {
  const query = toAssetQuery(asset);
  const findings = useQuery({
    queryKey: [etmFindingList.id, "of asset", asset.id],
    queryFn: async ({ signal }) => {
      const sort = JSON.stringify([{ "finding.qds": "desc" }]);
      const answer = await call(etmFindingList, { query: { assetFilter: query, sort, pageSize: SHOWN }, signal });
      return (await answer.json()).filter(({ asset: { internalAssetId } }) => internalAssetId === asset.id);
    },
  });
  return (
    <Panel
      title="Findings"
      actions={
        <Text size="sm">
          <RecordLink to="/findings" search={{ assets: query }}>
            Search them
          </RecordLink>
        </Text>
      }
    >
      {findings.error !== null && <ErrorNotice error={findings.error} onRetry={() => void findings.refetch()} />}
      {findings.isLoading && <Waiting />}
      {findings.data !== undefined && (
        <div style={{ overflowX: "auto" }}>
          <RecordTable
            label="Findings"
            records={findings.data}
            keyOf={({ id }) => id}
            columns={findingColumns.filter(({ label }) =>
              ["QDS", "Severity", "Finding", "Status", "Last found"].includes(label),
            )}
          />
        </div>
      )}
    </Panel>
  );
}

function toAssetQuery({ name, ipAddresses: [address] }: AssetDetail): string {
  const exact = `asset.name:\`${name.replaceAll(/[\\`]/g, "\\$&")}\``;
  return address === undefined ? exact : `${exact} AND asset.interface.address:"${address}"`;
}

function Identifiers({ asset: { explanation } }: { asset: AssetDetail }) {
  return (
    <Panel title="Known by">
      <RecordTable
        label="Identifiers"
        records={explanation.identifiers}
        keyOf={({ kind, value, network }) => `${kind} ${value} ${network}`}
        columns={[
          { label: "Kind", render: ({ kind }) => kind },
          { label: "Value", isWide: true, render: ({ value }) => <span className="mono">{value}</span> },
          { label: "Network", render: ({ network }) => network },
          { label: "Told first", render: ({ claimed }) => <Time at={claimed} /> },
        ]}
      />
    </Panel>
  );
}

function AssetSources({ asset: { explanation } }: { asset: AssetDetail }) {
  return (
    <Panel title="Who tells of it">
      <RecordTable
        label="Sources"
        records={explanation.sources}
        keyOf={({ connection, source }) => `${connection} ${source}`}
        columns={[
          { label: "Source", render: ({ source }) => source },
          { label: "Connection", render: ({ connection }) => connection },
          {
            label: "Recognised by",
            isWide: true,
            render: ({ rule, matchedBy }) => (rule === null ? "made from its word" : `${rule}: ${matchedBy ?? ""}`),
          },
          { label: "First seen", render: ({ firstSeen }) => <Time at={firstSeen} /> },
        ]}
      />
    </Panel>
  );
}
