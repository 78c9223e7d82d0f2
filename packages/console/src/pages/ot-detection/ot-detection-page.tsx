import { otDetectionGet, type ResultOf } from "@breakwater/client";
import { Grid, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { ForeignLink, RecordLink } from "../../parts/links.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Mark, Qds, Severity, Status } from "../../parts/marks.tsx";
import { Facts, Page, Panel } from "../../parts/page.tsx";
import { RecordTable } from "../../parts/record-table.tsx";
import { Time } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";
import { MatchPanel } from "./match-panel.tsx";

export type DetectionDetail = ResultOf<typeof otDetectionGet>;

export function OtDetectionPage() {
  const { detectionId = "" } = useParams({ strict: false });
  const detection = useQuery({
    queryKey: [otDetectionGet.id, detectionId],
    queryFn: async ({ signal }) => (await call(otDetectionGet, { params: { detectionId }, signal })).json(),
  });
  return (
    <Loaded title="OT detection" query={detection}>
      {(found) => <Shown detection={found} />}
    </Loaded>
  );
}

function Shown({ detection }: { detection: DetectionDetail }) {
  const { title, qds, severity, status, typeDetected, threat, impact, solution } = detection;
  return (
    <Page
      title={title}
      note={
        <Group gap={6}>
          <Qds value={qds} />
          <Severity value={severity} />
          <Status value={status} />
          <Mark band={typeDetected === "Confirmed" ? "high" : "none"}>{typeDetected}</Mark>
        </Group>
      }
    >
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack gap="sm">
            <MatchPanel detection={detection} />
            <Told title="What it is" text={threat} />
            <Told title="What may come of it" text={impact} />
            <Told title="What helps" text={solution} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack gap="sm">
            <PlacePanel detection={detection} />
            <AdvisoryPanel detection={detection} />
            <LifePanel detection={detection} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

/** What the advisory says; nothing where it says nothing. */
function Told({ title, text }: { title: string; text: string }) {
  if (text === "") return null;
  return (
    <Panel title={title}>
      <Text size="sm" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
        {text}
      </Text>
    </Panel>
  );
}

function PlacePanel({ detection: { asset, evidence } }: { detection: DetectionDetail }) {
  const places = [...new Set(evidence.map(({ place }) => place ?? "the host itself"))];
  return (
    <Panel title="Where it is">
      <Facts
        rows={{
          Host: (
            <RecordLink to="/ot/hosts/$hostId" params={{ hostId: String(asset.assetId) }}>
              {asset.name}
            </RecordLink>
          ),
          Addresses: asset.ipAddress.join(", "),
          Place: places.join(", "),
        }}
      />
    </Panel>
  );
}

function AdvisoryPanel({ detection }: { detection: DetectionDetail }) {
  const { advisory, qid, cveIds, threatIntel, cvssBase, cvss3Base, cvss4Base, vulnCategory } = detection;
  return (
    <Panel
      title="What is known of it"
      actions={
        <Text size="sm">
          <RecordLink to="/ot/detections" search={{ q: `vulnerabilities.qid:${qid}` }}>
            On other hosts
          </RecordLink>
        </Text>
      }
    >
      <Facts
        rows={{
          Advisory: (
            <RecordLink to="/ot/advisories" search={{ q: `advisory.qid:${qid}` }}>
              {advisory.id}
            </RecordLink>
          ),
          "Its page": advisory.url === null ? null : <ForeignLink href={advisory.url} />,
          QID: qid,
          CVE: cveIds.join(", "),
          "CVSS v4": cvss4Base,
          "CVSS v3": cvss3Base,
          "CVSS base": cvssBase,
          "Known of its use": threatIntel.join(", ").replaceAll("_", " "),
          Category: vulnCategory,
        }}
      />
    </Panel>
  );
}

function LifePanel({ detection }: { detection: DetectionDetail }) {
  const { firstDetected, lastDetected, lastFixed, history } = detection;
  return (
    <Panel title="Its life">
      <Facts
        rows={{
          "First detected": <Time at={firstDetected} isExact />,
          "Last detected": <Time at={lastDetected} isExact />,
          "Last fixed": lastFixed === null ? null : <Time at={lastFixed} isExact />,
        }}
      />
      <RecordTable
        label="History"
        records={history}
        keyOf={({ date, status, typeDetected, cveIds }) => `${date} ${status} ${typeDetected} ${cveIds.join(" ")}`}
        columns={[
          { label: "When", render: ({ date }) => <Time at={date} /> },
          {
            label: "What",
            render: ({ status, typeDetected, reason }) => (
              <>
                <Status value={status} /> {typeDetected}
                <div className="quiet">{reason ?? "it began"}</div>
              </>
            ),
          },
        ]}
      />
    </Panel>
  );
}
