import { readFileSync } from "node:fs";
import { crc32, createDeflateRaw, deflateRawSync, constants } from "node:zlib";
import { openDatabase } from "@breakwater/server/db/index";
import { withSnapshot } from "@breakwater/server/modules/reports/snapshot-store";
import { REPORT_WRITERS } from "@breakwater/server/exporters/index";
const { dataDir } = JSON.parse(readFileSync("/tmp/expo.json", "utf8"));
const db = openDatabase({ connection: { host: dataDir + "/postgres", user: "breakwater", database: "breakwater", password: readFileSync(dataDir + "/postgres/breakwater.password", "utf8").trim() } });
const order = { isLarge: true, format: "JSON", assetQql: "", findingsQql: "", scope: { kind: "all" }, createdAt: new Date(), key: { subscriptionId: 1, id: "x" } } as any;
const t0 = performance.now();
await withSnapshot(db, order, { signal: new AbortController().signal }, async (s) => {
  console.log("number", performance.now() - t0);
  const chunks: Buffer[] = [];
  let cpu = process.cpuUsage(), t = performance.now(), n = 0;
  for (let i = 1; i <= 200000; i += 50000) for await (const c of s.copyRows(REPORT_WRITERS.JSON, i, i + 49999)) { n += c.length; if (i === 1) chunks.push(c); }
  const c2 = process.cpuUsage(cpu);
  console.log("copy only", (performance.now() - t).toFixed(0), "ms", 200000 / (performance.now() - t), "k/s", n / 200000, "B", "node cpu ms", (c2.user + c2.system) / 1000);
  const all = Buffer.concat(chunks);
  t = performance.now(); crc32(all); console.log("crc MB/s", all.length / 1e3 / (performance.now() - t));
  for (const level of [1, 2, 3, 6]) { t = performance.now(); const o = deflateRawSync(all, { level }); console.log("deflate", level, "MB/s", all.length / 1e3 / (performance.now() - t), "ratio", all.length / o.length); }
});
await db.close();
