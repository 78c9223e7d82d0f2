import { etmFindingGet, type ResultOf } from "@breakwater/client";
import { Grid, Group, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { RecordLink } from "../../parts/links.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Mark, Qds, Severity, Status } from "../../parts/marks.tsx";
import { Facts, Page, Panel } from "../../parts/page.tsx";
import { Reasons } from "../../parts/reasons.tsx";
import { RecordTable } from "../../parts/record-table.tsx";
import { Time } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";
import { AcceptancePanel } from "./acceptance-panel.tsx";

export type FindingDetail = ResultOf<typeof etmFindingGet>;

export function FindingPage() {
  const { findingId = "" } = useParams({ strict: false });
  const finding = useQuery({
    queryKey: [etmFindingGet.id, findingId],
    queryFn: async ({ signal }) => (await call(etmFindingGet, { params: { findingId }, signal })).json(),
  });
  return (
    <Loaded title="Finding" query={finding}>
      {(found) => <Shown finding={found} />}
    </Loaded>
  );
}

function Shown({ finding }: { finding: FindingDetail }) {
  const { title, qds, severity, status, cve, explanation } = finding;
  return (
    <Page
      title={title}
      note={
        <Group gap={6}>
          <Qds value={qds} />
          <Severity value={severity} />
          <Status value={status} />
          {cve.cisaKev === true && <Mark band="critical">KEV</Mark>}
          {finding.riskAcceptance !== null && <Mark band="none">risk accepted</Mark>}
        </Group>
      }
    >
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="sm">
            <Panel title="What it is">
              <Text size="sm" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
                {finding.description || "The source gives no description."}
              </Text>
            </Panel>
            <Sources finding={finding} />
            <Identity finding={finding} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="sm">
            <Panel title={`Why ${qds}`}>
              <Reasons reasons={explanation.score} total={qds} name="Detection score" />
            </Panel>
            <AssetPanel finding={finding} />
            <LifePanel finding={finding} />
            <KnowledgePanel finding={finding} />
            <AcceptancePanel finding={finding} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function AssetPanel({ finding: { asset, port, protocol, instance } }: { finding: FindingDetail }) {
  return (
    <Panel title="Where it is">
      <Facts
        rows={{
          Asset: (
            <RecordLink to="/assets/$assetId" params={{ assetId: asset.internalAssetId }}>
              {asset.assetName}
            </RecordLink>
          ),
          Addresses: asset.ipAddresses.join(", "),
          "Host names": asset.hostNames.join(", "),
          Port: port === null ? null : `${port}/${protocol ?? ""}`,
          Place: instance,
          Criticality: `${asset.criticalityScore} of 5`,
          Tags: asset.tags.join(", "),
        }}
      />
    </Panel>
  );
}

function LifePanel({ finding }: { finding: FindingDetail }) {
  const { firstFound, lastFound, lastFixed, reopened } = finding;
  return (
    <Panel title="Its life">
      <Facts
        rows={{
          Status: <Status value={finding.status} />,
          "First found": <Time at={firstFound} isExact />,
          "Last found": <Time at={lastFound} isExact />,
          "Last fixed": lastFixed === null ? null : <Time at={lastFixed} isExact />,
          "Came back": reopened === null ? null : <Time at={reopened} isExact />,
        }}
      />
    </Panel>
  );
}

function KnowledgePanel({
  finding: { cve, cvss, isPatchAvailable, vendorId, vendorProductName },
}: {
  finding: FindingDetail;
}) {
  const listed = { true: "Listed: known to be exploited", false: "Not listed", null: "No whole catalogue was loaded" };
  const score = (info: { basescore: number | null; vector: string | null }) =>
    info.basescore === null ? null : `${info.basescore} ${info.vector ?? ""}`;
  return (
    <Panel title="What is known of it">
      <Facts
        rows={{
          CVE: cve.id,
          "CISA KEV": cve.id === null ? null : listed[String(cve.cisaKev) as keyof typeof listed],
          EPSS: cve.epss === null ? null : `${(cve.epss * 100).toFixed(2)} % within 30 days`,
          "CVSS v4": score(cve.cvss4Info),
          "CVSS v3": score(cve.cvss3Info),
          "CVSS v2": score(cve.cvss2Info),
          "CVSS of the source": cvss.baseScore === null ? null : `${cvss.baseScore} ${cvss.vector ?? ""}`,
          Patch: isPatchAvailable ? "There is one" : null,
          Check: `${vendorProductName} ${vendorId}`,
        }}
      />
    </Panel>
  );
}

function Sources({ finding }: { finding: FindingDetail }) {
  return (
    <Panel title="Who says so">
      <RecordTable
        label="Sources"
        records={finding.sources}
        keyOf={({ connection, source, vendorFindingId }) => `${connection} ${source} ${vendorFindingId}`}
        columns={[
          { label: "Source", render: ({ source }) => source },
          { label: "Connection", render: ({ connection }) => connection },
          { label: "Check", render: ({ vendorFindingId }) => <span className="mono">{vendorFindingId}</span> },
          { label: "Severity", render: ({ severity }) => <Severity value={severity} /> },
          { label: "Still there", render: ({ isPresent }) => (isPresent ? "yes" : "no") },
          { label: "First seen", render: ({ firstSeen }) => <Time at={firstSeen} /> },
          { label: "Last seen", render: ({ lastSeen }) => <Time at={lastSeen} /> },
        ]}
      />
      {finding.sources
        .filter(({ evidence }) => evidence !== "")
        .map(({ source, connection, vendorFindingId, evidence }) => (
          <div key={`${connection} ${vendorFindingId}`}>
            <Text size="xs" c="dimmed" mt="xs">
              Evidence of {source}
            </Text>
            <pre className="evidence">{evidence}</pre>
          </div>
        ))}
    </Panel>
  );
}

const RULES = { CVE: "its CVE", ALIAS: "a name that sources share", CHECK: "the product's check" } as const;

function Identity({ finding: { explanation } }: { finding: FindingDetail }) {
  const { identity, records, asset } = explanation;
  return (
    <Panel title="Why it is one finding">
      <Facts
        rows={{
          "Known by": `${RULES[identity.rule]}: ${identity.issue}`,
          "Within the asset": identity.location,
          Fingerprint: <span className="mono">{`${identity.fingerprint} (version ${identity.version})`}</span>,
        }}
      />
      <Table fz="sm" mt="xs" withRowBorders={false} verticalSpacing={2} aria-label="What it was made of">
        <Table.Tbody>
          {records.map(({ connection, source, vendorFindingId, rule, alias }) => (
            <Table.Tr key={`${connection} ${source} ${vendorFindingId}`}>
              <Table.Td>{`${source} ${vendorFindingId}`}</Table.Td>
              <Table.Td c="dimmed">
                {alias === null ? `by ${RULES[rule]}` : `${alias.alias} is ${alias.name}, as ${alias.toldBy} told`}
              </Table.Td>
            </Table.Tr>
          ))}
          {asset.map(({ connection, matchedBy, firstSeen }) => (
            <Table.Tr key={`asset ${connection}`}>
              <Table.Td>{`Asset, by ${connection}`}</Table.Td>
              <Table.Td c="dimmed">
                {matchedBy === null ? "made from its word" : `recognised by ${matchedBy}`}, <Time at={firstSeen} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
