export { type BackupSummary, backupDatabase } from "./backup.ts";
export {
  type DatabaseConnection,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from "./embedded/embedded-postgres.ts";
export { type DatabaseState, findRunningDatabase, inspectDatabase } from "./inspect.ts";
export { type MigrationResult, migrate, migrationsDir } from "./migrate.ts";
export {
  assertServerVersion,
  type Database,
  type DatabaseOptions,
  openDatabase,
  type SqlHandle,
} from "./pool.ts";
export { restoreDatabase } from "./restore.ts";
export { assetInScope, type ScopedDb, scopeTo } from "./scoped.ts";
export { DatabaseSetupError, type DatabaseSetupErrorCode } from "./setup-error.ts";
export type { SetupLog } from "./setup-log.ts";
