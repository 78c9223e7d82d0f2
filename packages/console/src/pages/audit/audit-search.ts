/** What the audit log is narrowed to, as its address holds it. */
export type AuditSearch = {
  actor?: string;
  action?: string;
  result?: "success" | "failure";
  /** Days in UTC. */
  from?: string;
  to?: string;
  /** Events before this one. */
  beforeId?: number;
};

/** The address is typed by people too: what the API would refuse is dropped. */
export function readAuditSearch(raw: Record<string, unknown>): AuditSearch {
  const search: AuditSearch = {};
  for (const name of ["actor", "action"] as const) if (raw[name]) search[name] = String(raw[name]);
  for (const name of ["from", "to"] as const) {
    if (/^\d{4}-\d\d-\d\d$/.test(String(raw[name]))) search[name] = String(raw[name]);
  }
  if (raw.result === "success" || raw.result === "failure") search.result = raw.result;
  const beforeId = Number(raw.beforeId);
  if (Number.isSafeInteger(beforeId) && beforeId > 0) search.beforeId = beforeId;
  return search;
}
