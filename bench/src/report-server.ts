import { createApp } from "@breakwater/server/app";
import { toConfig } from "@breakwater/server/config/config";
import { readEnvironment } from "@breakwater/server/config/env";
import { openDatabase } from "@breakwater/server/db/index";
import { pino } from "pino";

/** The server side of the report bench, a process of its own. Argument: connection and dataDir as JSON. Prints its URL; ends on SIGTERM. */
const { connection, dataDir } = JSON.parse(process.argv[2] ?? "{}");
const db = openDatabase({ connection });
const config = toConfig(readEnvironment({}), { dataDir, port: "0" });
const app = await createApp({ config, db, log: pino({ level: "error" }) });
console.log(await app.gateway.listen({ host: "127.0.0.1", port: 0 }));
process.once("SIGTERM", async () => {
  await app.close();
  await db.close();
});
