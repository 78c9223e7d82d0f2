import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./marks.module.css";

export type Band = "critical" | "high" | "medium" | "low" | "none";

/** A short word or number in the colour of a band; never told by the colour alone. */
export function Mark({ band, hint, children }: { band: Band; hint?: string; children: ReactNode }) {
  const mark = <span className={`${classes.mark} ${classes[band]}`}>{children}</span>;
  return hint === undefined ? mark : <Tooltip label={hint}>{mark}</Tooltip>;
}

const SEVERITIES: readonly (readonly [word: string, band: Band])[] = [
  ["Info", "none"],
  ["Low", "low"],
  ["Medium", "medium"],
  ["High", "high"],
  ["Critical", "critical"],
];

/** @param props.value 1 to 5 */
export function Severity({ value }: { value: number }) {
  const [word, band] = SEVERITIES[value - 1] ?? ["", "none"];
  return (
    <Mark band={band}>
      {value} {word}
    </Mark>
  );
}

/** Bands of etm.md 5. */
function bandOfQds(qds: number): Band {
  if (qds >= 90) return "critical";
  if (qds >= 70) return "high";
  return qds >= 40 ? "medium" : "low";
}

export function Qds({ value }: { value: number | null }) {
  return value === null ? null : <Mark band={bandOfQds(value)}>{value}</Mark>;
}

/** A risk score from 0 to 1000 in its band, as the server names it. */
export function Risk({ value, band }: { value: number; band: string }) {
  return <Mark band={toBand(band)}>{value}</Mark>;
}

/** `CRITICAL`, `HIGH`, `MEDIUM`, `LOW` of the API. */
export function toBand(text: string): Band {
  const band = text.toLowerCase();
  return band === "critical" || band === "high" || band === "medium" || band === "low" ? band : "none";
}

const STATUS_BANDS: Readonly<Record<string, Band>> = {
  NEW: "high",
  REOPENED: "high",
  ACTIVE: "medium",
  RETEST: "medium",
  FIXED: "low",
  PROTECTED: "low",
  COMPLETED: "low",
  LOADED: "low",
  PROCESSED: "low",
  PARTIAL: "high",
  FAILED: "critical",
  INCOMPLETE: "high",
  IN_PROGRESS: "medium",
};

/** A state of a finding, detection, report, import, project file or feed. */
export function Status({ value }: { value: string }) {
  return <Mark band={STATUS_BANDS[value] ?? "none"}>{value.replaceAll("_", " ").toLowerCase()}</Mark>;
}
