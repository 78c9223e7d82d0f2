import { bodyOf, call, get } from "./http.ts";
import { poll } from "./poll.ts";
import type { Target } from "./target.ts";

export const REPORTS = "/etm/api/rest/v1/reports";

/** A report of etm.md 1.2, as far as the tests read it. */
export type Report = {
  id: string;
  name: string;
  description: string;
  status: string;
  reportFormat: string;
  resources: string[];
  recordCount: number;
  progress: number;
  createdDate: number;
  startedDate: number | null;
  completedDate: number | null;
  expiresDate: number | null;
  createdBy: string;
  message?: string;
};

/** A finding of etm.md 3, as far as the tests read it. */
export type Finding = {
  id: string;
  title: string;
  description: string;
  severity: number;
  status: string;
  cveId: string | null;
  vendorId: string;
  firstFound: number;
  lastFound: number;
  asset: { assetName: string; internalAssetId: string; criticalityScore: number; tags: string[] };
  sources: { source: string; vendorFindingId: string; firstSeen: number; lastSeen: number }[];
  [member: string]: unknown;
};

export async function submitReport(target: Target, token: string, body: object): Promise<Report> {
  return bodyOf<Report>(await call(target, "POST", `${REPORTS}/findings`, { token, json: body }), 201);
}

/** The report once it is neither REQUESTED nor IN_PROGRESS. */
export function followReport(target: Target, token: string, id: string): Promise<Report> {
  return poll(
    async () => bodyOf<Report>(await get(target, `${REPORTS}/${id}`, token)),
    (report) => report.status !== "REQUESTED" && report.status !== "IN_PROGRESS",
  );
}

/** Submits, waits for completion, and reads every part of a JSON report. */
export async function readFindings(target: Target, token: string, queries: object = {}): Promise<Finding[]> {
  const { id } = await submitReport(target, token, { reportFormat: "JSON", ...queries });
  const report = await followReport(target, token, id);
  if (report.status !== "COMPLETED") throw new Error(`the report is ${report.status}: ${report.message}`);
  const findings: Finding[] = [];
  for (const name of report.resources) {
    findings.push(...(await bodyOf<Finding[]>(await get(target, `${REPORTS}/${id}/resources/${name}`, token))));
  }
  return findings;
}
