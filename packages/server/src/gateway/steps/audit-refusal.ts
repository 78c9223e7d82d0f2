import type { AppError } from "@breakwater/contract";
import type { Database } from "../../db/pool.ts";
import { recordAudit } from "../../modules/audit/index.ts";
import type { Exchange } from "../exchange.ts";

/**
 * Records that a known caller was not allowed to change something: platform.md 3. Refused reads are not recorded; what a
 * caller may ask for is bounded by the limits, and so is this.
 */
export async function auditRefusal(db: Database, exchange: Exchange, error: AppError): Promise<void> {
  const { caller, route, address } = exchange;
  if (error.code !== "permission-required" || !caller || !route || route.operation.method === "GET") return;
  try {
    await recordAudit(db, {
      subscriptionId: caller.subscriptionId,
      actor: caller.username,
      action: route.operation.id,
      target: exchange.raw.url?.split("?", 1)[0] ?? "",
      address,
      result: "failure",
      detail: { reason: error.message },
    });
  } catch (cause) {
    exchange.log.error({ err: cause, requestId: exchange.id }, "a refusal could not be written to the audit log");
  }
}
