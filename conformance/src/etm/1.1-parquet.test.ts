import { parquetReadObjects } from "hyparquet";
import { expect } from "vitest";
import { get, logIn } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { followReport, REPORTS, readFindings, submitReport } from "../reports.ts";
import { ownTest, useOwnTarget } from "../target.ts";

const target = useOwnTarget();

ownTest("etm 1.1 [B]: PARQUET has the findings of JSON, with times as times and numbers as numbers", async () => {
  const token = await logIn(target);
  const items = [{ pluginId: 76_001, severity: 4 as const, cves: ["CVE-2020-1472"], cvss3: 9.8 }, { pluginId: 76_002 }];
  await importFile(target, token, nessusFile([{ ip: "10.6.0.1", items }]));
  const { id } = await submitReport(target, token, { reportFormat: "PARQUET" });
  const report = await followReport(target, token, id);
  expect(report).toMatchObject({ status: "COMPLETED", resources: ["part_1.parquet"], recordCount: 2 });
  const part = await get(target, `${REPORTS}/${id}/resources/part_1.parquet`, token);
  expect(part.headers.get("content-type")).toBe("application/vnd.apache.parquet");
  const rows = await parquetReadObjects({ file: await part.arrayBuffer() });
  const findings = await readFindings(target, token);
  expect(rows).toHaveLength(findings.length);
  for (const finding of findings) {
    expect(rows.find((row) => row.id === finding.id)).toMatchObject({
      title: finding.title,
      severity: finding.severity,
      cveId: finding.cveId,
      qds: finding.qds,
      firstFound: new Date(finding.firstFound),
      "asset.assetName": finding.asset.assetName,
      sources: finding.sources,
    });
  }
});
