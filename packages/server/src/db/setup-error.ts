/** Why a database could not be made ready. `code` is stable; `message` is one line that tells the operator what to do. */
export type DatabaseSetupErrorCode =
  | "already_in_use"
  | "backup_invalid"
  | "binaries_missing"
  | "data_dir_unusable"
  | "major_version_differs"
  | "migration_changed"
  | "migration_failed"
  | "migrations_invalid"
  | "newer_than_code"
  | "not_empty"
  | "server_too_old"
  | "start_failed";

export class DatabaseSetupError extends Error {
  readonly code: DatabaseSetupErrorCode;

  constructor(code: DatabaseSetupErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "DatabaseSetupError";
    this.code = code;
  }
}
