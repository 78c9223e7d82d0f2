import { readFileSync, mkdtempSync, rmSync } from "node:fs";
const { openDatabase } = await import("@breakwater/server/db/index");
const { createReportFiles } = await import("@breakwater/server/modules/reports/files");
const { makeReport } = await import("@breakwater/server/modules/reports/make-report");
import { sql } from "kysely";
const { dataDir } = JSON.parse(readFileSync("/tmp/expo.json", "utf8"));
const db = openDatabase({ connection: { host: dataDir + "/postgres", user: "breakwater", database: "breakwater", password: readFileSync(dataDir + "/postgres/breakwater.password", "utf8").trim() } });
const out = mkdtempSync("/tmp/expo-out-");
const pgpid = readFileSync(dataDir + "/postgres/postmaster.pid", "utf8").split("\n")[0]; const pgCpu = () => { const f = readFileSync(`/proc/${pgpid}/stat`, "utf8").split(") ")[1]!.split(" "); return (Number(f[13]) + Number(f[14])) * 10; };
let peak = 0; const timer = setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()); }, 20);
for (const format of process.argv.slice(2)) {
  const { rows } = await sql<{ id: string; n: number }>`INSERT INTO report (subscription_id, name, format, status, created_by, has_full_scope, scope_tag_ids) VALUES (1,'x',${format},'REQUESTED','b',true,'{}') RETURNING id`.execute(db.write);
  const key = { subscriptionId: 1, id: rows[0]!.id };
  const order = { isLarge: true, format, assetQql: "", findingsQql: "", scope: { kind: "all" }, createdAt: new Date() } as any;
  const pg0 = pgCpu(); const cpu = process.cpuUsage(), t = performance.now();
  await makeReport({ db, files: createReportFiles(out), clock: Date.now, limits: { reportPartRecords: 50000, reportRetentionMs: 1000 } as any }, { key, order }, new AbortController().signal);
  const c = process.cpuUsage(cpu), ms = performance.now() - t;
  const r = (await sql<any>`SELECT status, record_count FROM report WHERE id=${key.id}`.execute(db.write)).rows[0];
  const d = (await sql<any>`SELECT sum(bytes)::float8 b, sum(deflated_bytes)::float8 d FROM report_part WHERE report_id=${key.id}`.execute(db.write)).rows[0];
  console.log(format, r.status, r.record_count, ms.toFixed(0) + " ms", (r.record_count / ms).toFixed(1) + " k/s", "node cpu", ((c.user + c.system) / 1000).toFixed(0), "pg cpu", await new Promise((r) => setTimeout(() => r(pgCpu() - pg0), 300)), "rss", (peak / 2 ** 20).toFixed(0), "B/rec", d.b / r.record_count, "ratio", d.b / d.d);
}
clearInterval(timer);
await db.close(); rmSync(out, { recursive: true });
