import { etmReportGet, etmReportSubmit } from "@breakwater/client";
import { CommandFailure } from "./failure.ts";
import { pollUntilDone } from "./polling.ts";
import { explainUnreachable, type Session } from "./session.ts";

/** A report as the API shows it. */
export type Report = {
  id: string;
  name: string;
  status: "REQUESTED" | "IN_PROGRESS" | "COMPLETED" | "FAILED" | "CANCELLED" | "EXPIRED";
  reportFormat: string;
  /** Names of the parts. */
  resources: readonly string[];
  recordCount: number;
  progress: number;
  message?: string;
};

export type ReportRequest = { reportFormat: string; name?: string; findingsQql?: string; assetQql?: string };

export async function submitReport(session: Session, request: ReportRequest): Promise<Report> {
  const answer = await session.call(etmReportSubmit, { body: request });
  return answer.json<Report>();
}

/**
 * Follows a report until it is complete.
 *
 * @throws CommandFailure when it fails, or when somebody cancels it
 */
export async function waitForReport(
  session: Session,
  id: string,
  onProgress: (report: Report) => void,
): Promise<Report> {
  return pollUntilDone(async () => {
    try {
      const report = await (await session.call(etmReportGet, { params: { id } })).json<Report>();
      onProgress(report);
      if (report.status === "COMPLETED") return report;
      if (report.status === "REQUESTED" || report.status === "IN_PROGRESS") return undefined;
      const reason = report.message ? `: ${report.message}` : "";
      throw new CommandFailure(`the report is ${report.status}${reason}`);
    } catch (error) {
      throw explainUnreachable(error, session.url);
    }
  });
}
