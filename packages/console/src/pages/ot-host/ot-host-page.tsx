import { otHostGet, type ResultOf } from "@breakwater/client";
import { Grid, Group, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { RecordLink } from "../../parts/links.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Mark } from "../../parts/marks.tsx";
import { Facts, Page, Panel } from "../../parts/page.tsx";
import { RecordTable } from "../../parts/record-table.tsx";
import { Time } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";
import { useHolds } from "../../session/use-session.ts";
import { Chassis } from "./chassis.tsx";
import { ConflictsPanel, EvidencePanel } from "./evidence.tsx";
import { HostDetections } from "./host-detections.tsx";

export type HostDetail = ResultOf<typeof otHostGet>;

export function OtHostPage() {
  const { hostId = "" } = useParams({ strict: false });
  const host = useQuery({
    queryKey: [otHostGet.id, hostId],
    queryFn: async ({ signal }) => (await call(otHostGet, { params: { hostId }, signal })).json(),
  });
  return (
    <Loaded title="OT host" query={host}>
      {(found) => <Shown host={found} />}
    </Loaded>
  );
}

function Shown({ host }: { host: HostDetail }) {
  const { name, inferred, risk } = host;
  const seesDetections = useHolds("OT Vulnerabilities Access");
  return (
    <Page
      title={name}
      note={
        <Group gap={6}>
          <Mark band="none" hint="Risk from 0 to 1000">
            risk {risk}
          </Mark>
          {inferred.role !== null && (
            <Mark band="none" hint={`Inferred: ${inferred.reason ?? ""}`}>
              {inferred.role.replaceAll("-", " ")}
            </Mark>
          )}
        </Group>
      }
    >
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, lg: 8 }} order={{ base: 2, lg: 1 }}>
          <Stack gap="sm">
            {host.modules.length > 0 && <Chassis modules={host.modules} />}
            <ConflictsPanel evidence={host.evidence} />
            {seesDetections && <HostDetections assetId={host.assetId} />}
            <EvidencePanel evidence={host.evidence} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }} order={{ base: 1, lg: 2 }}>
          <Stack gap="sm">
            <HardwarePanel host={host} />
            <InferredPanel host={host} />
            <InterfacesPanel host={host} />
            <SourcesPanel host={host} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function HardwarePanel({ host }: { host: HostDetail }) {
  const { hardware, assetId } = host;
  return (
    <Panel title="What it is">
      <Facts
        rows={{
          Manufacturer: hardware.manufacturer,
          Type: hardware.type,
          Category: hardware.category,
          Family: hardware.family,
          Model: hardware.model,
          "Order number": hardware.orderNumber,
          "Catalogue number": hardware.catalogNumber,
          "Serial number": hardware.serialNumber,
          Firmware: hardware.firmwareVersion ?? "not known",
          "Hardware revision": hardware.hardwareRevision,
          "Operating system": host.operatingSystem,
          Addresses: host.ipAddress.join(", "),
          "MAC addresses": host.macAddress.join(", "),
          Criticality: `${host.criticality} of 5`,
          Tags: host.tags.join(", "),
          "Known since": <Time at={host.created} isExact />,
          "Last told of": <Time at={host.lastUpdated} isExact />,
          "As an asset": <AssetLink assetId={assetId} name={host.name} />,
          UUID: <span className="mono">{host.assetUuid}</span>,
        }}
      />
    </Panel>
  );
}

/** A host of the OT module is one of the assets, under the same number. */
function AssetLink({ assetId, name }: { assetId: number; name: string }) {
  if (!useHolds("ETM UI Access", "ETM API Access")) return null;
  return (
    <RecordLink to="/assets/$assetId" params={{ assetId: String(assetId) }}>
      {name}
    </RecordLink>
  );
}

function InferredPanel({ host: { inferred } }: { host: HostDetail }) {
  const { role, purdueLevel, reason } = inferred;
  return (
    <Panel title="Concluded, told by no source">
      <Facts
        rows={{
          Role: role?.replaceAll("-", " ") ?? "none",
          "Purdue level": purdueLevel ?? "none",
          Because: reason,
        }}
      />
    </Panel>
  );
}

function InterfacesPanel({ host }: { host: HostDetail }) {
  const seesNetwork = useHolds("OT UI Access", "OT Network View Access");
  const { assetId, interfaces } = host;
  const talks = `network.client.assetId:${assetId} OR network.server.assetId:${assetId}`;
  const events = `event.client.assetId:${assetId} OR event.server.assetId:${assetId}`;
  return (
    <Panel title="What it speaks">
      {interfaces.length > 0 && (
        <RecordTable
          label="Interfaces"
          records={interfaces}
          keyOf={(one) => `${one.address} ${one.macAddress} ${one.protocol} ${one.transport.protocol} ${one.port}`}
          columns={[
            {
              label: "Address",
              render: ({ address, macAddress }) => <span className="mono">{address ?? macAddress}</span>,
            },
            { label: "Protocol", render: ({ protocol }) => protocol },
            {
              label: "Port",
              isRight: true,
              render: ({ port, transport }) => [transport.protocol, port].filter((part) => part !== null).join(" "),
            },
          ]}
        />
      )}
      {seesNetwork && (
        <Group gap="md" fz="sm" mt="xs">
          <RecordLink to="/ot/networks" search={{ q: talks }}>
            Whom it talks to
          </RecordLink>
          <RecordLink to="/ot/events" search={{ q: events }}>
            What was asked of it and by it
          </RecordLink>
        </Group>
      )}
    </Panel>
  );
}

function SourcesPanel({ host: { inventory, projectFiles } }: { host: HostDetail }) {
  return (
    <Panel title="Who tells of it">
      <RecordTable
        label="Sources"
        records={inventory}
        keyOf={({ source }) => source}
        columns={[
          { label: "Source", render: ({ source }) => source },
          { label: "First", render: ({ created }) => <Time at={created} /> },
          { label: "Last", render: ({ lastUpdated }) => <Time at={lastUpdated} /> },
        ]}
      />
      {projectFiles.length > 0 && (
        <Stack gap={2} fz="sm" mt="xs">
          {projectFiles.map(({ id, name }) => (
            <RecordLink key={id} to="/ot/files/$projectFileId" params={{ projectFileId: id }}>
              {name}
            </RecordLink>
          ))}
        </Stack>
      )}
    </Panel>
  );
}
