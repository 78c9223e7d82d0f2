import { tuneRuntime } from "../../packages/cli/bin/runtime.js";

// As the command's entry file does it: before anything else is loaded. Where compiled code is, the environment tells.
tuneRuntime("");
const { createApp } = await import("@breakwater/server/app");
const { toConfig } = await import("@breakwater/server/config/config");
const { readEnvironment } = await import("@breakwater/server/config/env");
const { openDatabase } = await import("@breakwater/server/db/index");
const { pino } = await import("pino");

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
