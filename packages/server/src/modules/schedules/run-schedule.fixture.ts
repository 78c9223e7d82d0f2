import { openDatabase } from "../../db/index.ts";
import { runSchedule } from "./run-schedule.ts";

// A process of its own that runs one schedule, to be killed in the middle by a test.
const { connection, key, nowMs } = JSON.parse(process.argv[2] ?? "{}");
const db = openDatabase({ connection, applicationName: "schedule-child" });
await runSchedule({ db, clock: () => nowMs, jobs: () => ({ enqueue: async () => undefined }) }, key);
await db.close();
