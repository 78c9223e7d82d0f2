import { pino } from "pino";
import { toConfig } from "../../config/config.ts";
import { readEnvironment } from "../../config/env.ts";
import { openDatabase } from "../../db/index.ts";
import { createIngestModule } from "./index.ts";

/** A worker to be killed: runs one import job. Arguments: database URL, data directory, job id. */
const [databaseUrl = "", dataDir = "", id = ""] = process.argv.slice(2);
const db = openDatabase({ connection: databaseUrl });
const module = createIngestModule({
  db,
  config: toConfig({ ...readEnvironment({}), dataDir }),
  clock: Date.now,
  log: pino({ level: "silent" }),
  jobs: { enqueue: async () => undefined, stop: async () => undefined },
});
await module.tasks?.[0]?.run({ subscriptionId: 1, id }, { signal: new AbortController().signal });
await db.close();
