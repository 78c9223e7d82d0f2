import { openSeededDatabase } from "/work/main/bench/src/seeded-database.ts";
import { selectFindingJson } from "/work/main/packages/server/src/modules/findings-read/index.ts";
import { createRequire } from "node:module";
const { sql } = await import(createRequire("/work/main/packages/server/src/index.ts").resolve("kysely").replace("/cjs/","/esm/"));
const d = await openSeededDatabase({ findings: 100000 });
const c = await d.db.connect();
await c.query("BEGIN"); await c.query("SET LOCAL work_mem='64MB'");
await c.query("CREATE TEMP TABLE report_match (ordinal bigint not null, id bigint not null) on commit drop");
await c.query("INSERT INTO report_match SELECT row_number() over (), id from (select id from finding order by asset_id, fingerprint) x");
await c.query("CREATE UNIQUE INDEX ON report_match (ordinal)"); await c.query("ANALYZE report_match");
const q = selectFindingJson({ subscriptionId: sql.lit(1), matched: sql`(SELECT ordinal, id FROM report_match WHERE ordinal BETWEEN 1 AND 50000)` } as never).compile(d.db.write);
for (let i=0;i<2;i++){ const r = await c.query("EXPLAIN (ANALYZE, BUFFERS OFF) " + q.sql); if(i) console.log(r.rows.map((x: any) => x["QUERY PLAN"]).join("\n")); }
await d.close();
