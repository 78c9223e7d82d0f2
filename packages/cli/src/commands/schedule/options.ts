import { type Command, Option } from "commander";

export type ReportFlags = { findings?: string; assets?: string; format?: string; description?: string };

/** Adds what the reports of a schedule hold. */
export function addReportOptions(command: Command): Command {
  return command
    .option("--findings <qql>", "only findings that match, e.g. finding.severity>=4")
    .option("--assets <qql>", "only findings on assets that match")
    .addOption(
      new Option("--format <format>", "format of the records").choices([
        ...["json", "csv", "jsonl", "parquet", "sarif", "cyclonedx", "openvex"],
      ]),
    )
    .option("--description <text>", "what it is for");
}

export function toReportBody({ findings, assets, format, description }: ReportFlags) {
  return { findingsQql: findings, assetQql: assets, reportFormat: format?.toUpperCase(), description };
}
