import { openIntake } from "../intake/index.ts";
import type { ByteSource, ScanEvent, Severity } from "../records.ts";

/** A file as an import would read it: recognised, unpacked, parsed. */
export async function readScan(source: ByteSource): Promise<{ format: string | null; events: ScanEvent[] }> {
  let format: string | null = null;
  const events: ScanEvent[] = [];
  for await (const event of openIntake(source)) {
    if (event.type === "issue") events.push(event);
    else {
      format = event.member.format;
      for await (const batch of event.member.parse()) events.push(...(batch as ScanEvent[]));
    }
  }
  return { format, events };
}

/** What can be counted apart from our code: assets, checks, findings, how severe, how many with a CVE, issues. */
export function summarise({ format, events }: { format: string | null; events: readonly ScanEvent[] }) {
  const findings = events.flatMap((event) => (event.type === "finding" ? [event.finding] : []));
  const checks = new Map(events.flatMap((event) => (event.type === "check" ? [[event.check.id, event.check]] : [])));
  const bySeverity: Partial<Record<Severity, number>> = {};
  let withCve = 0;
  for (const { checkId, severity } of findings) {
    const check = checks.get(checkId);
    const level = severity ?? check?.severity ?? 1;
    bySeverity[level] = (bySeverity[level] ?? 0) + 1;
    if (check && check.cveIds.length > 0) withCve++;
  }
  const last = events.at(-1);
  return {
    format,
    assets: new Set(events.flatMap((event) => (event.type === "asset" ? [event.asset.ref] : []))).size,
    checks: checks.size,
    findings: findings.length,
    withCve,
    bySeverity,
    issues: events.filter(({ type }) => type === "issue").length,
    isComplete: last?.type === "end" && last.isComplete,
  };
}
