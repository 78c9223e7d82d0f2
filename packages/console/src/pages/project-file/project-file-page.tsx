import { otProjectfileGet, type ResultOf } from "@breakwater/client";
import { Grid } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { RecordLink } from "../../parts/links.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Mark, Status } from "../../parts/marks.tsx";
import { Facts, Page, Panel } from "../../parts/page.tsx";
import { RecordTable } from "../../parts/record-table.tsx";
import { Time, toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";

type FileDetail = ResultOf<typeof otProjectfileGet>;
type Module = FileDetail["modules"][number];

export function ProjectFilePage() {
  const { projectFileId = "" } = useParams({ strict: false });
  const file = useQuery({
    queryKey: [otProjectfileGet.id, projectFileId],
    queryFn: async ({ signal }) => (await call(otProjectfileGet, { params: { projectFileId }, signal })).json(),
  });
  return (
    <Loaded title="Project file" query={file}>
      {(found) => <Shown file={found} />}
    </Loaded>
  );
}

function Shown({ file }: { file: FileDetail }) {
  return (
    <Page title={file.name} note={<Status value={file.status} />}>
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <ModuleTree modules={file.modules} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Panel title="What it is">
            <Facts
              rows={{
                Vendor: file.vendor,
                Kind: `.${file.extension}`,
                "Engineering tool": [file.engineeringToolName, file.engineeringToolVersion].filter(Boolean).join(" "),
                Plant: file.plantLocation,
                Hosts: toNumber(file.assetCount),
                "Sent by": file.uploadedBy,
                "Last updated": <Time at={file.lastUpdated} isExact />,
                "SHA-256": <span className="mono">{file.fileHash}</span>,
              }}
            />
          </Panel>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

/** The hardware as the file tells it: what is plugged into something stands below it, further in. */
function ModuleTree({ modules }: { modules: readonly Module[] }) {
  const depths = toDepths(modules);
  return (
    <Panel title="Its hardware">
      <div style={{ overflowX: "auto" }}>
        <RecordTable
          label="Modules"
          records={modules}
          keyOf={({ id }) => id}
          columns={[
            {
              label: "Module",
              isWide: true,
              render: (module) => (
                <div style={{ paddingLeft: (depths.get(module.id) ?? 0) * 18 }}>
                  <RecordLink to="/ot/hosts/$hostId" params={{ hostId: String(module.assetId) }}>
                    {module.name}
                  </RecordLink>
                  <div className="quiet">{[module.manufacturer, module.type].filter(Boolean).join(", ")}</div>
                </div>
              ),
            },
            { label: "Slot", isRight: true, render: ({ rack, slot }) => (rack === null ? slot : `${rack}/${slot}`) },
            {
              label: "Number",
              render: (module) => (
                <span className="mono">{module.orderNumber ?? module.catalogNumber ?? module.model}</span>
              ),
            },
            {
              label: "Firmware",
              render: ({ firmwareVersion, firmwareIsProven }) => (
                <>
                  <span className="mono">{firmwareVersion}</span>{" "}
                  {firmwareVersion !== null && !firmwareIsProven && (
                    <Mark band="none" hint="The keying does not hold the installed firmware to this version">
                      configured
                    </Mark>
                  )}
                </>
              ),
            },
            { label: "Keying", render: ({ keying }) => keying },
            { label: "Addresses", render: ({ ipAddress }) => <span className="mono">{ipAddress.join(", ")}</span> },
          ]}
        />
      </div>
    </Panel>
  );
}

/** How far in each stands; a parent stands before its children. */
function toDepths(modules: readonly Module[]): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  for (const { id, parentId } of modules) {
    depths.set(id, parentId === null ? 0 : (depths.get(parentId) ?? -1) + 1);
  }
  return depths;
}
