import { RecordLink } from "./links.tsx";

/** One end of what captures show between addresses: a host, where it is one in scope. */
export function EndCell({
  end,
  port,
}: {
  end: { address: string; assetId: number | null; name: string | null };
  port?: number | null;
}) {
  const address = port === undefined || port === null ? end.address : `${end.address}:${port}`;
  if (end.assetId === null) return <span className="mono">{address}</span>;
  return (
    <>
      <RecordLink to="/ot/hosts/$hostId" params={{ hostId: String(end.assetId) }}>
        {end.name ?? end.address}
      </RecordLink>
      <div className="mono">{address}</div>
    </>
  );
}
