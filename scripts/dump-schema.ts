// Writes packages/server/src/db/schema.sql from the migrations, run on a scratch database; with --check it only compares.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { migrate, openDatabase } from "@breakwater/server/db/index";
import { dumpSchema } from "@breakwater/server/db/schema-dump";
import { createTestDatabase, startTestServer } from "@breakwater/testkit/database";

const target = fileURLToPath(new URL("../packages/server/src/db/schema.sql", import.meta.url));

async function readMigratedSchema(): Promise<string> {
  const server = await startTestServer();
  try {
    const database = await createTestDatabase({ schema: "empty", address: server.address });
    const db = openDatabase({ connection: database.connection });
    try {
      await migrate(db);
      return await dumpSchema(await db.connect());
    } finally {
      await db.close();
    }
  } finally {
    await server.stop();
  }
}

const schema = await readMigratedSchema();
if (!process.argv.includes("--check")) {
  writeFileSync(target, schema);
} else if (!existsSync(target) || readFileSync(target, "utf8") !== schema) {
  console.error(
    "packages/server/src/db/schema.sql differs from what the migrations make: run node scripts/dump-schema.ts",
  );
  process.exitCode = 1;
}
