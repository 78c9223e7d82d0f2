import { openDatabase } from "../../db/index.ts";
import { createReportFiles } from "./files.ts";
import { findUnfinished } from "./job-store.ts";
import { makeReport } from "./make-report.ts";
import { createPartThreads } from "./part-threads.ts";

// A process of its own that makes one report, to be killed in the middle by a test.
const { connection, dataDir, key, partRecords } = JSON.parse(process.argv[2] ?? "{}");
const db = openDatabase({ connection });
const order = await findUnfinished(db, key);
if (!order) throw new Error("nothing to do");
const limits = { reportPartRecords: partRecords, reportRetentionMs: 1000 } as never;
process.stdout.write("started\n");
const outcome = await makeReport(
  {
    db,
    files: createReportFiles(dataDir),
    clock: Date.now,
    limits,
    threads: createPartThreads(2),
    jobs: { enqueue: async () => undefined },
  },
  { key, order: { ...order, isLarge: true } },
  new AbortController().signal,
);
process.stdout.write(`${outcome}\n`);
await db.close();
