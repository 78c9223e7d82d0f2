import { Waiting } from "../../parts/page.tsx";

/** Keeps the room that rows of a table are going to take, so that what is below stays where it is. */
export function RowsToCome({ rows, height = 30 }: { rows: number; height?: number }) {
  return (
    <div style={{ minHeight: rows * height }}>
      <Waiting />
    </div>
  );
}
