/** The words of sessions that have no code, or one that a file's trouble has as well. */
const LOST_SESSION =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|connect E)/;

/**
 * Connection exceptions (class 08, but for protocol violations, which a repetition would only repeat), too many sessions
 * (53300) and shutdowns (57P01 to 57P03) of PostgreSQL, and sockets that broke or cannot be opened.
 */
export function isDatabaseLost(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code ?? "");
  if (/^(08(?!P01)|53300|57P0[123])/.test(code)) return true;
  if (["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(code)) return true;
  return error instanceof Error && LOST_SESSION.test(error.message);
}

/** Whether a disk is full: this machine's, or that of PostgreSQL (53100). */
export function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "53100"].includes(String((error as { code?: unknown }).code ?? ""));
}
