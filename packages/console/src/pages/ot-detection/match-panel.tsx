import { Mark } from "../../parts/marks.tsx";
import { Panel } from "../../parts/page.tsx";
import { RecordTable } from "../../parts/record-table.tsx";
import type { DetectionDetail } from "./ot-detection-page.tsx";

/** What was compared, product by product, to come to the detection. */
export function MatchPanel({ detection: { evidence } }: { detection: DetectionDetail }) {
  return (
    <Panel title="Why">
      <div style={{ overflowX: "auto" }}>
        <RecordTable
          label="Why"
          records={evidence}
          keyOf={(one) => `${one.cveId} ${one.productId} ${one.place} ${one.key} ${one.verdict}`}
          columns={[
            {
              label: "Verdict",
              render: ({ verdict, cveId }) => (
                <>
                  <Mark band={verdict === "affected" ? "high" : "none"}>{verdict}</Mark>
                  <div style={{ whiteSpace: "nowrap" }}>{cveId}</div>
                </>
              ),
            },
            { label: "Compared", isWide: true, render: ({ comparison }) => comparison },
            {
              label: "Product of the advisory",
              isWide: true,
              render: ({ product, statedVersions }) => (
                <>
                  {product}
                  {statedVersions !== null && <div className="mono">{statedVersions}</div>}
                </>
              ),
            },
            {
              label: "Recognised by",
              render: ({ matchedBy, key, place }) => (
                <>
                  {matchedBy.replaceAll("-", " ")} <span className="mono">{key}</span>
                  <div className="quiet">{place}</div>
                </>
              ),
            },
            { label: "Installed", render: ({ installedVersion }) => <Version value={installedVersion} /> },
          ]}
        />
      </div>
    </Panel>
  );
}

function Version({ value }: { value: string | null }) {
  return value === null ? <span className="quiet">not known</span> : <span className="mono">{value}</span>;
}
