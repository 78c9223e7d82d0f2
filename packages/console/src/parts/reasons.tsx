/** Steps to a score, whose points add up to it. */
export function Reasons({
  reasons,
  total,
  name,
}: {
  reasons: readonly { factor: string; points: number; detail: string }[];
  total: number;
  name: string;
}) {
  return (
    <table className="records" aria-label={name}>
      <tbody>
        {reasons.map(({ factor, points, detail }) => (
          <tr key={`${factor} ${detail}`}>
            <td className="wide">
              {factor}
              <div className="quiet">{detail}</div>
            </td>
            <td className="right">{points > 0 ? `+${round(points)}` : round(points)}</td>
          </tr>
        ))}
        <tr>
          <td>
            <strong>{name}</strong>
          </td>
          <td className="right">
            <strong>{total}</strong>
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function round(points: number): string {
  return String(Math.round(points * 100) / 100);
}
